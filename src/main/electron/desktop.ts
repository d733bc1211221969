import { app, powerMonitor } from 'electron'
import { catalogues, languageOf } from '../../shared/i18n'
import { supportedPlatform } from '../../shared/platform'
import { createApi, serveMessagePort } from '../api'
import { type AppHost, createBerth, type Berth } from '../berth'
import type { BerthPaths, Logger } from '../host'
import { followLifecycle } from './app-lifecycle'
import { guardWebContents } from './guards'
import { setMenu } from './menu'
import { handOverPorts } from './message-port-hand-over'
import { denyPermissions } from './permissions'
import { serveRenderer } from './protocol'
import { createTray, type TrayMachine } from './tray'
import { askBeforeQuit, askBeforeUnload } from './unsaved-text'
import { MainWindow, shellWindowOptions, type WindowFiles } from './window'

export interface DesktopOptions {
  paths: BerthPaths
  log: Logger
  /** The built files that the windows and the tray need. */
  files: WindowFiles & { renderer: string }
}

function electronHost(quit: () => void): AppHost {
  return {
    kind: 'electron',
    version: app.getVersion(),
    program: app.isPackaged ? [process.execPath] : [process.execPath, app.getAppPath()],
    quit,
    onWake(listener) {
      powerMonitor.on('resume', listener)
    },
  }
}

/**
 * Creates the services, shows the main window and starts the machine. Call this when Electron is ready.
 * @throws BerthError, see {@link createBerth}
 */
export async function startDesktop({ paths, log, files }: DesktopOptions): Promise<MainWindow> {
  const platform = supportedPlatform(process.platform)
  const host = electronHost(() => {
    lifecycle.quit()
  })
  const berth = await createBerth({ paths, log, host, env: process.env, platform })
  const api = createApi(berth)
  const texts = catalogues[languageOf(app.getLocale())].menus
  const mainWindow = new MainWindow({
    files,
    hideOnClose: () => platform === 'darwin' && !lifecycle.isQuitting(),
  })
  const showMainWindow = (): void => {
    mainWindow.show()
  }
  const lifecycle = followLifecycle({
    platform,
    shutdown: () => berth.shutdown(),
    showMainWindow,
    mayQuit: async () => {
      const may = await askBeforeQuit(texts, api.unsaved.names)
      if (!may) showMainWindow()
      return may
    },
    log,
  })

  denyPermissions()
  askBeforeUnload({ texts, isQuitting: () => lifecycle.isQuitting() })
  guardWebContents({ shellWindow: () => shellWindowOptions(files), log })
  handOverPorts((port) => serveMessagePort(api, port), log)
  serveRenderer(files.renderer, api.downloads)
  setMenu(texts, platform)
  createTray({ texts, icons: files.icons, platform, machine: trayMachine(berth, log), showMainWindow })
  showMainWindow()

  // The window shows a failure and offers to try again.
  berth.start().catch((error: unknown) => {
    log.error({ err: error }, 'could not start the machine')
  })
  return mainWindow
}

function trayMachine(berth: Berth, log: Logger): TrayMachine {
  const logFailure = (action: Promise<void>): void => {
    action.catch((error: unknown) => {
      log.error({ err: error }, 'an action of the tray menu failed')
    })
  }
  return {
    get phase() {
      return berth.machine.state.phase
    },
    onChange: (listener) => void berth.machine.on('state', listener),
    start: () => {
      logFailure(berth.start())
    },
    stop: () => {
      logFailure(berth.machine.stop())
    },
  }
}
