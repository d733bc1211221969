import { StringDecoder } from 'node:string_decoder'
import type { SolveStatus } from './progress'

/** Makes one text of the steps of a build and of their output, for the log of its task. */
export class BuildLog {
  readonly #names = new Map<string, string>()
  readonly #decoders = new Map<string, StringDecoder>()
  /** The step that the text has named last. */
  #current = ''
  #endsLine = true

  /** Returns the text for a report of BuildKit. */
  textOf({ vertexes, logs }: SolveStatus): string {
    let text = ''
    const add = (line: string): void => {
      if (!(text === '' ? this.#endsLine : text.endsWith('\n'))) text += '\n'
      text += `${line}\n`
    }
    for (const { digest, name, started, cached, error } of vertexes ?? []) {
      if (started !== null && !this.#names.has(digest)) {
        this.#names.set(digest, name)
        this.#current = digest
        add(cached === true ? `CACHED ${name}` : name)
      }
      if (error) add(`ERROR ${name}: ${error}`)
    }
    for (const { vertex, data } of logs ?? []) {
      // Steps run side by side. Their output is only clear with the step's name before it.
      if (vertex !== this.#current) add(this.#names.get(vertex) ?? '')
      this.#current = vertex
      let decoder = this.#decoders.get(vertex)
      if (decoder === undefined) this.#decoders.set(vertex, (decoder = new StringDecoder('utf8')))
      text += decoder.write(Buffer.from(data, 'base64'))
    }
    if (text !== '') this.#endsLine = text.endsWith('\n')
    return text
  }
}
