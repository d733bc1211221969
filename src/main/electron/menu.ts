import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuTexts } from '../../shared/i18n'

type Items = MenuItemConstructorOptions[]

/** Sets the application menu. On macOS, copy and paste work only if the menu has their entries. */
export function setMenu(texts: MenuTexts, platform: NodeJS.Platform): void {
  const mac = platform === 'darwin'
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      mac ? { label: 'Berth', submenu: appItems(texts) } : { label: texts.file, submenu: fileItems(texts) },
      { label: texts.edit, submenu: editItems(texts, mac) },
      { label: texts.view, submenu: viewItems(texts) },
      { role: 'window', label: texts.window, submenu: mac ? macWindowItems(texts) : windowItems(texts) },
    ]),
  )
}

function appItems(texts: MenuTexts): Items {
  return [
    { role: 'about', label: texts.about },
    { type: 'separator' },
    { role: 'services', label: texts.services },
    { type: 'separator' },
    { role: 'hide', label: texts.hide },
    { role: 'hideOthers', label: texts.hideOthers },
    { role: 'unhide', label: texts.showAll },
    { type: 'separator' },
    { role: 'quit', label: texts.quit, accelerator: 'CommandOrControl+Q' },
  ]
}

// On Windows and Linux, shells need Ctrl+W and Ctrl+Q, so the menu's keyboard shortcuts also use Shift.
function fileItems(texts: MenuTexts): Items {
  return [
    { role: 'close', label: texts.close, accelerator: 'CommandOrControl+Shift+W' },
    { type: 'separator' },
    { role: 'quit', label: texts.quit, accelerator: 'CommandOrControl+Shift+Q' },
  ]
}

/** The shortcuts are registered only on macOS. Elsewhere, the page handles them, and shells need Ctrl+A and Ctrl+Z. */
function editItems(texts: MenuTexts, mac: boolean): Items {
  const registerAccelerator = mac
  return [
    { role: 'undo', label: texts.undo, registerAccelerator },
    { role: 'redo', label: texts.redo, registerAccelerator },
    { type: 'separator' },
    { role: 'cut', label: texts.cut, registerAccelerator },
    { role: 'copy', label: texts.copy, registerAccelerator },
    { role: 'paste', label: texts.paste, registerAccelerator },
    { role: 'selectAll', label: texts.selectAll, registerAccelerator },
  ]
}

function viewItems(texts: MenuTexts): Items {
  return [
    { role: 'resetZoom', label: texts.actualSize },
    { role: 'zoomIn', label: texts.zoomIn },
    { role: 'zoomOut', label: texts.zoomOut },
    { type: 'separator' },
    { role: 'togglefullscreen', label: texts.fullScreen },
  ]
}

function windowItems(texts: MenuTexts): Items {
  return [{ role: 'minimize', label: texts.minimize, registerAccelerator: false }]
}

function macWindowItems(texts: MenuTexts): Items {
  return [
    { role: 'minimize', label: texts.minimize, accelerator: 'CommandOrControl+M' },
    { role: 'zoom', label: texts.zoom },
    { role: 'close', label: texts.close, accelerator: 'CommandOrControl+W' },
    { type: 'separator' },
    { role: 'front', label: texts.front },
  ]
}
