export { defaultSettings, hostSize } from './settings-defaults'
export { SettingsStore } from './settings-store'
