import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { berthFile, type Logger } from '../host'

/**
 * Opens a URL in the user's browser. A URL with a secret may not stand in an argument list, which every user of
 * the computer can read: the browser is given a private file that leads on to it.
 */
export async function openInBrowser(url: string, run: string, log: Logger): Promise<void> {
  const file = berthFile({ run }, 'loginPage')
  await mkdir(run, { recursive: true, mode: 0o700 })
  await writeFile(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${url}">\n`, {
    mode: 0o600,
  })
  const [command, ...args] = opener(pathToFileURL(file).href)
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', (error) => {
    log.warn({ err: error }, 'the browser could not be opened')
  })
  child.unref()
}

function opener(url: string): [string, ...string[]] {
  switch (process.platform) {
    case 'darwin':
      return ['open', url]
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler', url]
    default:
      return ['xdg-open', url]
  }
}
