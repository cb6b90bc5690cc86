/** Frames of one event on their way to many watchers: what their connections make of the text is made once for all. */
export class SharedFrames {
  readonly #forms = new Map<(text: string) => unknown, unknown>();

  constructor(readonly text: string) {}

  /** The text in another form. @param make a pure function; the same one gives what it gave before */
  as<T>(make: (text: string) => T): T {
    if (!this.#forms.has(make)) this.#forms.set(make, make(this.text));
    return this.#forms.get(make) as T;
  }
}
