import { app } from 'electron'
import { catalogues, languageOf } from '../../shared/i18n'
import { supportedPlatform } from '../../shared/platform'
import { createApi, serveMessagePort } from '../api'
import { createBerth, type Berth } from '../berth'
import type { BerthPaths, Logger } from '../host'
import { electronCapabilities } from './capabilities'
import { guardWebContents } from './guards'
import { followLifecycle } from './app-lifecycle'
import { setMenu } from './menu'
import { denyPermissions } from './permissions'
import { handOverPorts } from './message-port-hand-over'
import { serveRenderer } from './protocol'
import { createTray, type TrayMachine } from './tray'
import { MainWindow, shellWindowOptions, type WindowFiles } from './window'

export interface DesktopOptions {
  paths: BerthPaths
  log: Logger
  /** The built files beside this one. */
  files: WindowFiles & { renderer: string }
}

/**
 * Puts the desktop app together once Electron is ready: the services, the window on them, and the machine's start.
 * @throws BerthError host.already-running, host.folder-unwritable
 */
export async function startDesktop({ paths, log, files }: DesktopOptions): Promise<MainWindow> {
  const platform = supportedPlatform(process.platform)
  const berth = await createBerth({ paths, log, host: electronCapabilities, env: process.env, platform })
  const api = createApi(berth)
  const texts = catalogues[languageOf(app.getLocale())].menus
  const mainWindow = new MainWindow(files, () => platform === 'darwin' && !lifecycle.isQuitting())
  const showMainWindow = (): void => {
    mainWindow.show()
  }
  const lifecycle = followLifecycle({ platform, shutdown: () => berth.shutdown(), showMainWindow, log })

  denyPermissions()
  guardWebContents({ shellWindow: () => shellWindowOptions(files), log })
  handOverPorts((port) => serveMessagePort(api, port), log)
  serveRenderer(files.renderer)
  setMenu(texts, platform)
  createTray({ texts, icons: files.icons, platform, machine: trayMachine(berth, log), showMainWindow })
  showMainWindow()

  // The window shows why, and offers to try again.
  berth.start().catch((error: unknown) => {
    log.error({ err: error }, 'the machine did not start')
  })
  return mainWindow
}

function trayMachine(berth: Berth, log: Logger): TrayMachine {
  const logged = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      log.error({ err: error }, 'the machine did not do what the tray asked for')
    })
  }
  return {
    get phase() {
      return berth.machine.state.phase
    },
    onChange: (listener) => void berth.machine.on('state', listener),
    start: () => {
      logged(berth.start())
    },
    stop: () => {
      logged(berth.machine.stop())
    },
  }
}
