export { defaultSettings, hostSize } from './settings-defaults'
export { SettingsStore } from './settings-store'
export { watchSettingsFile } from './settings-watch'
