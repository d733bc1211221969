import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { app } from 'electron'
import { unwritable } from '../lib'
import { berthFile, berthPaths, createLog } from '../host'
import { startDesktop } from './desktop'
import { registerAppScheme } from './protocol'
import { claimSingleInstance } from './single-instance'
import { reportStartFailure } from './start-failure'
import type { MainWindow } from './window'

/** The entry of the Electron host. What must be said before the app is ready is said before the first `await`. */
const paths = berthPaths(process.env, process.platform, app.isPackaged ? process.resourcesPath : undefined)
let mainWindow: MainWindow | undefined

async function main(): Promise<void> {
  app.setAppUserModelId('app.berth.Berth')
  registerAppScheme()
  keepProfileIn(resolve(berthFile(paths, 'windowProfile')))
  const first = claimSingleInstance(() => {
    mainWindow?.show()
  })
  if (!first) return
  const log = createLog(paths.logs)
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'a promise was rejected and nobody looked')
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
 * One instance for each home folder: Electron keeps its lock, and Chromium its profile, in here.
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

// Not awaited: Electron becomes ready only after this file has run to its end.
void main().catch(fail)
