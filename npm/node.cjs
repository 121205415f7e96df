// The entry point for require(): the same module as import gives, loaded when it is needed.

exports.load = async (options) => (await import('./node.js')).load(options);
