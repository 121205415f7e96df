// Texts on their way into a module's memory.

/** A UTF-16 unit takes at most so many bytes of UTF-8. */
export const BYTES_PER_UNIT = 3;
/** An input buffer's usual size, in bytes; a longer text gets one of its own. */
export const USUAL_INPUT = 1 << 16;

export const encoder = new TextEncoder();
