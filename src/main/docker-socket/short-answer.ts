import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { parseJson } from './json-text'

/** The most bytes of an answer that are read for an id or a message. */
const answerBytes = 64 * 1024

const messageSchema = z.object({ message: z.string() })

/**
 * Calls the listener with the JSON of a short answer that passes, as soon as it is complete. The value is undefined if
 * the answer is too long, or ends before its JSON does.
 */
export function whenRead(answer: IncomingMessage, listener: (value: unknown) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const take = (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    const value = parseJson(Buffer.concat(chunks).toString('utf8'))
    if (value !== undefined || bytes > answerBytes) done(value)
  }
  const end = () => {
    done(undefined)
  }
  const done = (value: unknown) => {
    answer.off('data', take)
    answer.off('close', end)
    listener(value)
  }
  answer.on('data', take)
  answer.once('close', end)
}

/** The message of the engine's refusal. Empty if the answer has none. */
export function messageOf(answer: unknown): string {
  return messageSchema.safeParse(answer).data?.message ?? ''
}
