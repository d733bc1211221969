import { useTasks } from '../stores/tasks'
import type { GlobalCommand } from './command'
import { pages } from './navigation'
import { useCommandTools } from './tools'

/**
 * The commands with keys that work on every page. They are apart from the other global commands, because the first page
 * loads them.
 */
export function useFrameCommands(): GlobalCommand[] {
  const { open, show } = useCommandTools()
  const tasks = useTasks()
  return [
    {
      id: 'app.commands',
      text: 'app.commands',
      icon: 'i-lucide-search',
      keys: 'mod+k',
      group: 'actions',
      run: () => {
        show({ name: 'commands' })
      },
    },
    {
      id: 'app.keys',
      text: 'commands.keys.title',
      icon: 'i-lucide-keyboard',
      keys: '?',
      group: 'actions',
      run: () => {
        show({ name: 'keys' })
      },
    },
    {
      id: 'tasks.show',
      text: 'tasks.show',
      icon: 'i-lucide-list-checks',
      keys: 'g t',
      group: 'actions',
      run: () => {
        tasks.show()
      },
    },
    ...pages.map(({ name, icon, keys }): GlobalCommand => ({
      id: `page.${name}`,
      text: `pages.${name}`,
      icon,
      keys,
      group: 'pages',
      run: () => {
        open({ name })
      },
    })),
  ]
}
