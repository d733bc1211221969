import type { z } from 'zod'
import { BoundedFile, type BoundedFileOptions } from './bounded-file'

const readBytes = 256_000

/**
 * A {@link BoundedFile} with one record of JSON in each line. A line that is not a valid record is ignored: a crash may
 * have cut it off, or another version of Berth has written it.
 */
export class RecordFile<Value> {
  readonly #file: BoundedFile

  private constructor(file: BoundedFile) {
    this.#file = file
  }

  /** Continues a file without reading it. */
  static unread<Value>(options: BoundedFileOptions): RecordFile<Value> {
    return new RecordFile(BoundedFile.create(options))
  }

  /** Reads all records, the oldest first. */
  static async open<Value>(
    options: BoundedFileOptions,
    schema: z.ZodType<Value>,
  ): Promise<{ file: RecordFile<Value>; records: Value[] }> {
    const file = await BoundedFile.open(options)
    const lines = (await readAll(file)).split('\n')
    return { file: new RecordFile(file), records: lines.flatMap((line) => parsed(line, schema)) }
  }

  /**
   * The newline before the records ends a line that a crash has cut off.
   * @throws as `BoundedFile.append`
   */
  append(...records: Value[]): Promise<void> {
    return this.#file.append(`\n${records.map((record) => `${JSON.stringify(record)}\n`).join('')}`)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  remove(): Promise<void> {
    return this.#file.remove()
  }
}

async function readAll(file: BoundedFile): Promise<string> {
  const parts: Buffer[] = []
  for (let position = file.start; position < file.end;) {
    const { start, bytes } = await file.read(position, readBytes)
    if (bytes.length === 0) break
    parts.push(bytes)
    position = start + bytes.length
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed<Value>(line: string, schema: z.ZodType<Value>): Value[] {
  try {
    const { data } = schema.safeParse(JSON.parse(line))
    return data === undefined ? [] : [data]
  } catch {
    return []
  }
}
