import { pathToFileURL } from 'node:url'
import { berthFile, type Logger } from '../host'
import { ensurePrivateFolder, runProgram, writePrivateFile } from '../lib'

/**
 * Opens a URL in the user's browser. The URL may contain a secret. Every user of this computer can read the arguments
 * of programs. So the browser gets a private file that redirects to the URL.
 * @throws BerthError host.folder-unwritable, host.no-space
 */
export async function openInBrowser(url: string, run: string, log: Logger): Promise<void> {
  const file = berthFile({ run }, 'loginPage')
  await ensurePrivateFolder(run)
  await writePrivateFile(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${url}">\n`)
  const [command, ...args] = opener(pathToFileURL(file).href)
  const opening = runProgram(command, args, { stdio: 'ignore', detached: true })
  opening.catch((error: unknown) => {
    log.warn({ err: error }, 'could not open the browser')
  })
  opening.unref()
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
