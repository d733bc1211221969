/** The pages of the side navigation, in order. The text `pages.NAME` is the title of the page `NAME`. */
export const pages = [
  { name: 'machine', icon: 'i-lucide-server' },
  { name: 'containers', icon: 'i-lucide-box' },
  { name: 'images', icon: 'i-lucide-layers' },
  { name: 'volumes', icon: 'i-lucide-database' },
  { name: 'ports', icon: 'i-lucide-cable' },
  { name: 'disk', icon: 'i-lucide-hard-drive' },
  { name: 'diagnostics', icon: 'i-lucide-stethoscope' },
  { name: 'settings', icon: 'i-lucide-settings' },
] as const
