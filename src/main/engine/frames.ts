export type OutputStream = 'stdout' | 'stderr'

export interface Frame {
  stream: OutputStream
  payload: Buffer
}

const headerBytes = 8
/** The engine's frames hold at most 32 KiB. A length above this limit shows that the stream has no frames. */
const maxPayloadBytes = 16 * 1024 * 1024

/**
 * Parses the engine's multiplexed stream. Each frame is `[stream, 0, 0, 0, length (uint32, big-endian)]` and a payload.
 * Chunks may end anywhere.
 * See https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Container/operation/ContainerAttach.
 */
export class FrameParser {
  #rest: Buffer = Buffer.alloc(0)

  /**
   * The frames that `chunk` completes.
   * @throws Error if the bytes are not frames
   */
  push(chunk: Buffer): Frame[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    let offset = 0
    while (bytes.length - offset >= headerBytes) {
      const length = bytes.readUInt32BE(offset + 4)
      const stream = streamOf(bytes.readUInt8(offset))
      if (stream === undefined || length > maxPayloadBytes) throw new Error('not a multiplexed engine stream')
      const end = offset + headerBytes + length
      if (bytes.length < end) break
      frames.push({ stream, payload: bytes.subarray(offset + headerBytes, end) })
      offset = end
    }
    this.#rest = bytes.subarray(offset)
    return frames
  }
}

/** 0 is stdin (echoed to stdout), 1 stdout, 2 stderr, 3 the engine's own errors. */
function streamOf(type: number): OutputStream | undefined {
  if (type === 0 || type === 1) return 'stdout'
  if (type === 2 || type === 3) return 'stderr'
  return undefined
}
