/**
 * The pages of the side navigation, in order. The text `pages.NAME` is the title of the page `NAME`. `keys` open the
 * page.
 */
export const pages = [
  { name: 'home', icon: 'i-lucide-house', keys: 'g h' },
  { name: 'machine', icon: 'i-lucide-server', keys: 'g m' },
  { name: 'stack', icon: 'i-lucide-layers-2', keys: 'g k' },
  { name: 'learn', icon: 'i-lucide-graduation-cap', keys: 'g w' },
  { name: 'containers', icon: 'i-lucide-box', keys: 'g c' },
  { name: 'compose', icon: 'i-lucide-boxes', keys: 'g o' },
  { name: 'logs', icon: 'i-lucide-scroll-text', keys: 'g l' },
  { name: 'images', icon: 'i-lucide-layers', keys: 'g i' },
  { name: 'builds', icon: 'i-lucide-hammer', keys: 'g b' },
  { name: 'volumes', icon: 'i-lucide-database', keys: 'g v' },
  { name: 'networks', icon: 'i-lucide-network', keys: 'g n' },
  { name: 'ports', icon: 'i-lucide-cable', keys: 'g p' },
  { name: 'events', icon: 'i-lucide-radio', keys: 'g e' },
  { name: 'disk', icon: 'i-lucide-hard-drive', keys: 'g d' },
  { name: 'diagnostics', icon: 'i-lucide-stethoscope', keys: 'g x' },
  { name: 'settings', icon: 'i-lucide-settings', keys: 'g s' },
] as const
