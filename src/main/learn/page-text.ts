import { BerthError } from '../../shared/errors'
import { message } from '../lib'

/** How long the web server may take to answer, milliseconds. */
const answerMs = 10_000
/** The most UTF-16 units of a page that Berth reads. */
const pageUnits = 64 * 1024
/** The most UTF-16 units of the text that Berth shows. */
const textUnits = 200

/**
 * Requests a page of this computer, and returns its text without markup. The server is in a container, so it is not
 * trusted: this follows no redirect, and reads only the beginning of the page. An error is no answer: another program
 * may have the port.
 * @throws BerthError learn.no-answer
 */
export async function pageText(url: string): Promise<string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerMs) })
    if (response.status >= 400) {
      await response.body?.cancel()
      throw new Error(`status ${String(response.status)}`)
    }
    const decoder = new TextDecoder()
    let page = ''
    const chunks: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? []
    for await (const chunk of chunks) {
      page += decoder.decode(chunk, { stream: true })
      if (page.length > pageUnits) break
    }
    const text = page
      .replace(/<[^<>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
    return text.slice(0, textUnits)
  } catch (error) {
    throw new BerthError('learn.no-answer', { url }, { detail: message(error), cause: error })
  }
}
