/** The sections of the Settings page, in order. `text` is the key of the title, and `id` the anchor in the page. */
export const settingsSections = [
  { id: 'machine', text: 'settings.machine.title' },
  { id: 'folders', text: 'settings.folders.title' },
  { id: 'registries', text: 'settings.registries.title' },
  { id: 'logins', text: 'settings.logins.title' },
  { id: 'proxy', text: 'settings.proxy.title' },
  { id: 'dns', text: 'settings.dns.title' },
  { id: 'docker', text: 'settings.docker.title' },
  { id: 'terminal', text: 'settings.terminal.title' },
  { id: 'logs', text: 'settings.logs.title' },
  { id: 'power', text: 'settings.power.title' },
  { id: 'engine', text: 'settings.daemon.title' },
  { id: 'appearance', text: 'app.theme' },
] as const
