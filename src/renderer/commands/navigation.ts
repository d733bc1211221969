/** The pages of the side navigation, in order. The text `pages.NAME` is the title of the page `NAME`. */
export const pages = [
  { name: 'machine', icon: 'i-lucide-server' },
  { name: 'containers', icon: 'i-lucide-box' },
  { name: 'compose', icon: 'i-lucide-boxes' },
  { name: 'logs', icon: 'i-lucide-scroll-text' },
  { name: 'images', icon: 'i-lucide-layers' },
  { name: 'builds', icon: 'i-lucide-hammer' },
  { name: 'volumes', icon: 'i-lucide-database' },
  { name: 'networks', icon: 'i-lucide-network' },
  { name: 'ports', icon: 'i-lucide-cable' },
  { name: 'disk', icon: 'i-lucide-hard-drive' },
  { name: 'diagnostics', icon: 'i-lucide-stethoscope' },
  { name: 'settings', icon: 'i-lucide-settings' },
] as const
