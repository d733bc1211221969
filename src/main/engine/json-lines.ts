/** A longer line is not the engine's. */
const lineUnits = 64 * 1024

/** Splits the bytes of an answer that passes Berth into the values of its lines. Ignores what it cannot read. */
export class JsonLines {
  readonly #decoder = new TextDecoder()
  #rest = ''

  /** Takes the next bytes. Returns the values of the lines that are complete now. */
  push(chunk: Buffer): unknown[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, lineUnits)
    return lines.flatMap((line): unknown[] => {
      try {
        return [JSON.parse(line) as unknown]
      } catch {
        return []
      }
    })
  }
}
