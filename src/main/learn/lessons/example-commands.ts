import { commandLine, pathWord } from '../../../shared/docker-commands'
import { lessonSteps } from '../../../shared/lessons'
import { appName } from '../facts'
import type { Place } from '../lesson'

/** The command that enters the example's folder. */
export function enterFolder({ folder, platform }: Place): string {
  return platform === 'win32' ? `cd /d "${folder}"` : commandLine(['cd', pathWord(folder)])
}

/** The edit of the source, and a command that does it for users without an editor. Each call writes another text. */
export function editSource({ platform }: Pick<Place, 'platform'>): string[] {
  const windows = `powershell -Command "(Get-Content server.js) -replace 'send\\(.*\\)', ('send(''' + (Get-Date) + ''')') | Set-Content server.js"`
  const posix = `sed -i.bak "s/send('.*')/send('$(date)')/" server.js`
  return [lessonSteps.edit, platform === 'win32' ? windows : posix]
}

export function buildApp(dockerfile: string): string {
  return `docker build -f ${dockerfile} -t ${appName} .`
}
