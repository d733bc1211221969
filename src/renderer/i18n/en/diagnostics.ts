export const diagnostics = {
  run: 'Run again',
  running: 'Checking {done} of {all} …',
  summary: {
    ok: 'Everything is in order',
    skipped:
      'No problem found; {count} check needs the machine to run | No problem found; {count} checks need the machine to run',
    warning: '{count} thing to look at | {count} things to look at',
    failed: '{count} problem found | {count} problems found',
  },
  status: {
    ok: 'in order',
    warning: 'to look at',
    failed: 'problem',
    skipped: 'not checked',
    checking: 'checking',
  },
  list: 'Checks',
  fix: {
    'start-machine': 'Start machine',
    'restart-machine': 'Restart machine',
    'set-clock': 'Set the clock',
    'serve-dns': 'Set it up again',
    'create-context': 'Make the context',
    'use-context': 'Make it current',
    'open-disk': 'Show disk',
    'open-settings': 'Show settings',
    'open-ports': 'Show ports',
    'open-repair': 'Repair …',
  },
  fixed: 'Done: {action}',
  bundle: 'Save support bundle',
  bundleText:
    'Logs, versions, settings and these results in one file, without passwords, keys or environment values',
  bundleSaved: 'Support bundle saved',
  restartTitle: 'Restart the machine?',
  restartText: 'Every running container is stopped with it.',
}
