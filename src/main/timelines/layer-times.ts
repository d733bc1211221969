import type { LayerProgress } from '../../shared/images'

/** A span of the host's time. `end` is null while the work continues. */
interface Span {
  begin: number
  end: number | null
}

/** When the layers of a pull were downloaded and unpacked. Layers overlap, so both spans may overlap, too. */
export class LayerTimes {
  download: Span | undefined
  unpack: Span | undefined
  readonly #bytes = new Map<string, number>()

  /** The bytes of all downloaded layers. */
  get bytes(): number {
    let sum = 0
    for (const bytes of this.#bytes.values()) sum += bytes
    return sum
  }

  get layers(): number {
    return this.#bytes.size
  }

  /** Takes a state of all layers that was read at `now`. */
  update(layers: readonly LayerProgress[], now: number): void {
    const has = (...states: LayerProgress['status'][]) => layers.some(({ status }) => states.includes(status))
    for (const { id, status, current, total } of layers) {
      if (status === 'downloading') this.#bytes.set(id, Math.max(this.#bytes.get(id) ?? 0, current, total))
      // A small layer may be complete before the engine has reported its size.
      if (status === 'downloaded' || status === 'extracting')
        this.#bytes.set(id, Math.max(this.#bytes.get(id) ?? 0, total))
    }
    if (has('downloading', 'verifying', 'downloaded', 'extracting'))
      this.download ??= { begin: now, end: null }
    if (has('extracting')) this.unpack ??= { begin: now, end: null }
    if (this.download?.end === null && !has('waiting', 'downloading', 'verifying')) this.download.end = now
    if (
      this.unpack !== undefined &&
      layers.every(({ status }) => status === 'complete' || status === 'exists')
    )
      this.unpack.end ??= now
  }
}
