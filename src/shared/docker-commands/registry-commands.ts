import { dockerHub } from '../registries'

/** `docker login`. The command asks for the password. An empty user name is left out, so it asks for this, too. */
export function loginCommand(registry: string, username: string): string[] {
  return ['docker', 'login', ...(username === '' ? [] : ['-u', username]), ...place(registry)]
}

export function logoutCommand(registry: string): string[] {
  return ['docker', 'logout', ...place(registry)]
}

/** Without a registry, the Docker CLI means Docker Hub, for which it has another name. */
function place(registry: string): string[] {
  return registry === dockerHub ? [] : [registry]
}
