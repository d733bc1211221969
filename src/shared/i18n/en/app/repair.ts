export const repair = {
  title: 'When nothing else helps',
  repair: 'Repair …',
  repairText:
    'Starts the machine anew and has its disk looked through and repaired. Images, containers and volumes stay.',
  askRepair: 'Repair the machine?',
  repairDoes:
    'The machine is stopped and started. The guest image is checked again, and the data disk is looked through whole and repaired, which takes some minutes where there is much on it.',
  repairGoes:
    'Goes: the memory of a suspended machine, so its containers start anew, files on the data disk that were damaged beyond repair, and what was learned about this computer’s virtualisation, which is tried out again.',
  repairStays: 'Stays: images, containers, volumes, settings, keys and logs.',
  confirmRepair: 'Repair',
  repaired: 'The machine was repaired and runs',
  reset: 'Factory reset …',
  resetText: 'Removes every image, container and volume, and begins with an empty disk.',
  resetTitle: 'Factory reset',
  resetDescription: 'What is removed cannot be brought back. Then the machine starts with an empty disk.',
  goes: 'What goes',
  kind: {
    images: '{count} image ({bytes}) | {count} images ({bytes})',
    containers: '{count} container ({bytes}) | {count} containers ({bytes})',
    volumes:
      '{count} volume and what is stored in it ({bytes}) | {count} volumes and what is stored in them ({bytes})',
    'build-cache': 'Build cache, {count} entry ({bytes}) | Build cache, {count} entries ({bytes})',
  },
  uncounted:
    'All images, containers, volumes and the build cache. The machine does not run, so they cannot be counted.',
  file: 'The data disk {path}, which takes {allocated} on this computer',
  saved:
    'The memory of a suspended machine, the machine’s keys, and what was learned about this computer’s virtualisation',
  savedImage: 'An earlier guest image, where Berth has kept one to go back to',
  stays: 'What stays',
  staysGuest: 'The newest guest image and the logs',
  staysFolders: 'Your own folders on this computer',
  staysDocker: 'The docker context “berth” and the docker socket',
  staysContext: 'The docker context “berth”, which is not the current one any more, and the docker socket',
  staysWindow: 'Language and appearance of this window',
  staysStore: 'Logins to registries in this computer’s credential store and in the docker command’s own file',
  staysSettings: 'The settings, and the logins to registries in Berth’s own file',
  goesSettings:
    'The settings with every older file of them, and the logins to registries in Berth’s own file',
  settings: 'Reset the settings and forget the logins as well',
  type: 'Type “{word}” to confirm',
  word: 'reset',
  confirmReset: 'Remove everything',
  done: 'Berth was reset: the machine runs with an empty disk',
}
