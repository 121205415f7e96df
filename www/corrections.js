// What the reader says a headline should have been. The model learns each on the spot.

export class Corrections {
  /** `{ text, label }`, in the order in which they were made. */
  #made = [];

  get list() {
    return this.#made;
  }

  get last() {
    return this.#made.at(-1);
  }

  /** What a headline was said to be, the last time. */
  said(text) {
    return this.#made.findLast((correction) => correction.text === text)?.label;
  }

  async make(classifier, correction) {
    await classifier.learn(correction.text, correction.label);
    this.#made.push(correction);
  }

  /** Takes back the last one. */
  async undo(classifier) {
    await classifier.undo();
    return this.#made.pop();
  }

  /** Takes back all. */
  async reset(classifier) {
    await classifier.reset();
    this.#made = [];
  }

  /** Teaches another model the same, as far as it has the labels. */
  async teach(classifier, made) {
    this.#made = [];
    for (const correction of made) {
      if (classifier.labels.includes(correction.label)) {
        await this.make(classifier, correction);
      }
    }
  }
}
