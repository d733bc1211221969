import type { SessionTarget } from '../../shared/sessions'

/** The query of a shell window's address. `session` joins a shell that exists. */
export function shellQuery(target: SessionTarget, session?: string): string {
  const { kind, ...rest } = target
  const query = new URLSearchParams({ target: kind })
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) query.set(name, value)
  if (session !== undefined) query.set('session', session)
  return query.toString()
}

/** The name of a shell for its tab, such as `bash`. Undefined if Berth chooses the shell. */
export function shellName(target: SessionTarget | undefined): string | undefined {
  return target?.kind === 'container' ? target.shell?.split('/').at(-1) : undefined
}
