export const repair = {
  title: 'If nothing else helps',
  repair: 'Repair …',
  repairText:
    'Restarts the machine, and checks and repairs its disk. Images, containers and volumes are kept.',
  askRepair: 'Repair the machine?',
  repairDoes:
    'The machine is restarted. Berth checks the guest image again, and checks and repairs the whole data disk. This can take some minutes if the disk holds a lot of data.',
  repairGoes:
    'Removed: saved machine state (containers restart), files that cannot be repaired, and the cached acceleration test, which runs again.',
  repairStays: 'Kept: images, containers, volumes, settings, keys and logs.',
  confirmRepair: 'Repair',
  repaired: 'The machine was repaired and is running',
  reset: 'Factory reset …',
  resetText: 'Deletes every image, container and volume, and starts with an empty disk.',
  resetTitle: 'Factory reset',
  resetDescription: 'Deleted data cannot be restored. Afterwards, the machine starts with an empty disk.',
  goes: 'What is deleted',
  kind: {
    images: '{count} image ({bytes}) | {count} images ({bytes})',
    containers: '{count} container ({bytes}) | {count} containers ({bytes})',
    volumes: '{count} volume and the data in it ({bytes}) | {count} volumes and the data in them ({bytes})',
    'build-cache': 'Build cache, {count} entry ({bytes}) | Build cache, {count} entries ({bytes})',
  },
  uncounted:
    'All images, containers, volumes and the build cache. They cannot be counted because the machine is not running.',
  file: 'The data disk {path}, which takes up {allocated} on this computer',
  lists:
    'Your groups of containers and your pins, the list of tasks with their logs, and the logs of removed containers',
  saved: 'Saved machine state, the machine’s keys, and the cached acceleration test',
  savedImage: 'An earlier guest image, if Berth kept one to go back to',
  stays: 'What is kept',
  staysGuest: 'The newest guest image, and Berth’s own logs',
  staysFolders: 'Your own folders on this computer, and the backups of volumes',
  staysDocker: 'The Docker context “berth” and the Docker socket',
  staysContext: 'The Docker context “berth”, which is no longer the current one, and the Docker socket',
  staysWindow: 'Language and appearance of this window',
  staysStore: 'Registry logins in this computer’s credential store and in the Docker CLI’s own file',
  staysSettings:
    'The settings, the list of opened Compose projects, the schedules of backups, and registry logins in Berth’s own file',
  goesSettings:
    'The settings with all older copies, the list of opened Compose projects, the schedules of backups, and registry logins in Berth’s own file',
  settings: 'Also reset the settings and delete the logins',
  type: 'Type “{word}” to confirm',
  word: 'reset',
  confirmReset: 'Delete everything',
  done: 'Berth was reset, and the machine is running with an empty disk',
}
