type Value = number | Buffer

/**
 * Reads a message of Protocol Buffers without its schema: the caller knows the numbers of the fields. Each method
 * returns an empty value if the message does not have the field. The last value of a field counts.
 */
export class ProtobufMessage {
  readonly #fields = new Map<number, Value[]>()

  /** @throws RangeError if the bytes are no message */
  constructor(bytes: Buffer) {
    const reader = new Reader(bytes)
    while (!reader.isAtEnd) {
      const { field, value } = reader.field()
      const values = this.#fields.get(field)
      if (values === undefined) this.#fields.set(field, [value])
      else values.push(value)
    }
  }

  number(field: number): number {
    const value = this.#fields.get(field)?.at(-1)
    return typeof value === 'number' ? value : 0
  }

  text(field: number): string {
    return this.texts(field).at(-1) ?? ''
  }

  texts(field: number): string[] {
    return this.#buffers(field).map((bytes) => bytes.toString('utf8'))
  }

  /** @throws RangeError if the field has another type */
  message(field: number): ProtobufMessage | undefined {
    return this.messages(field).at(-1)
  }

  /** @throws RangeError if the field has another type */
  messages(field: number): ProtobufMessage[] {
    return this.#buffers(field).map((bytes) => new ProtobufMessage(bytes))
  }

  /**
   * A map from texts to texts.
   * @throws RangeError if the field has another type
   */
  map(field: number): Map<string, string> {
    return new Map(this.messages(field).map((entry) => [entry.text(1), entry.text(2)]))
  }

  /**
   * A `google.protobuf.Timestamp` in milliseconds since the epoch. Null if the message does not have the field.
   * @throws RangeError if the field has another type
   */
  time(field: number): number | null {
    const stamp = this.message(field)
    return stamp === undefined ? null : stamp.number(1) * 1000 + stamp.number(2) / 1e6
  }

  #buffers(field: number): Buffer[] {
    return this.#fields.get(field)?.filter((value) => typeof value !== 'number') ?? []
  }
}

/** Reads the fields of a message one after the other (protobuf.dev/programming-guides/encoding). */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  field(): { field: number; value: Value } {
    const tag = this.#varint()
    const field = Math.floor(tag / 8)
    switch (tag % 8) {
      case 0:
        return { field, value: this.#varint() }
      case 1:
        return { field, value: this.#take(8) }
      case 2:
        return { field, value: this.#take(this.#varint()) }
      case 5:
        return { field, value: this.#take(4) }
      default:
        throw new RangeError(`unknown type of a field: ${String(tag % 8)}`)
    }
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('the message is cut')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** Numbers above 2^53 lose their last digits. BuildKit's times and counts are smaller. */
  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const [byte = 0] = this.#take(1)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a number is too long')
  }
}
