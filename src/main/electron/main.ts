import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { app } from 'electron'
import { unwritable } from '../lib'
import { berthFile, berthPaths, createLog } from '../host'
import { shareFolder, shareOption } from '../share-folder'
import { startDesktop } from './desktop'
import { registerAppScheme } from './protocol'
import { claimSingleInstance } from './single-instance'
import { reportStartFailure } from './start-failure'
import type { MainWindow } from './window'

/**
 * The entry point of the Electron host. Electron accepts some calls only before the app is ready. These calls come
 * before the first `await`.
 */
const paths = berthPaths(process.env, process.platform, app.isPackaged ? process.resourcesPath : undefined)
let mainWindow: MainWindow | undefined

async function main(): Promise<void> {
  app.setAppUserModelId('app.berth.Berth')
  registerAppScheme()
  keepProfileIn(resolve(berthFile(paths, 'windowProfile')))
  const share = process.argv.indexOf(shareOption)
  const folder = share === -1 ? undefined : process.argv[share + 1]
  if (folder !== undefined) {
    await shareFolder(paths, createLog(paths.logs), folder)
    app.quit()
    return
  }
  const first = claimSingleInstance(() => {
    mainWindow?.show()
  })
  if (!first) return
  const log = createLog(paths.logs)
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'unhandled promise rejection')
  })
  await app.whenReady()
  mainWindow = await startDesktop({
    paths,
    log,
    files: {
      renderer: join(import.meta.dirname, '../renderer'),
      preload: join(import.meta.dirname, '../preload/preload.cjs'),
      icons: join(app.getAppPath(), 'build-resources/app'),
    },
  })
}

/**
 * Sets the folder of the profile. Electron keeps its single-instance lock there too, so each home folder can have one
 * instance.
 * @throws BerthError host.folder-unwritable, host.no-space
 */
function keepProfileIn(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw unwritable(paths.home, error)
  }
  app.setPath('userData', folder)
}

async function fail(error: unknown): Promise<void> {
  await app.whenReady()
  reportStartFailure(error, app.getLocale())
  app.exit(1)
}

// Not awaited, because Electron becomes ready only after this module has finished.
void main().catch(fail)
