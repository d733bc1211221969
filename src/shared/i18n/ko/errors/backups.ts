import type { ErrorTexts } from '../../texts'

export const backups = {
  'backup.not-found': {
    what: '이 백업은 더 이상 없습니다.',
    todo: '삭제된 백업입니다. 다른 백업을 선택하세요.',
  },
  'backup.busy': {
    what: '{volume} 볼륨을 이미 백업하거나 복원하는 중입니다.',
    todo: '그 작업이 끝날 때까지 기다리거나 작업을 취소하세요.',
  },
  'backup.not-an-archive': {
    what: 'tar 아카이브가 아닌 파일입니다.',
    todo: '.tar 또는 .tar.gz로 끝나는 파일을 선택하세요.',
  },
  'backup.damaged': {
    what: '아카이브가 손상되었거나 완전하지 않습니다.',
    todo: '다른 백업을 사용하거나 파일을 다시 복사하세요. 볼륨은 바뀌지 않았습니다.',
  },
  'backup.unsafe-path': {
    what: '볼륨 밖으로 이어질 수 있는 항목이 아카이브에 있습니다: {path}',
    todo: 'Berth는 이런 아카이브를 거부합니다. 상대 경로로 아카이브를 다시 만드세요. 볼륨은 바뀌지 않았습니다.',
  },
  'backup.device': {
    what: '아카이브에 장치 파일이 있습니다: {path}',
    todo: 'Berth는 다른 곳에서 만든 아카이브의 장치 파일을 거부합니다. 이 파일을 빼고 아카이브를 만드세요. 볼륨은 바뀌지 않았습니다.',
  },
  'backup.unsupported-entry': {
    what: '아카이브에 알 수 없는 종류의 항목이 있습니다: {path}',
    todo: '희소 파일이나 증분 백업 옵션 없이 아카이브를 다시 만드세요. 볼륨은 바뀌지 않았습니다.',
  },
  'backup.volume-running': {
    what: '실행 중인 컨테이너가 {volume} 볼륨을 사용합니다: {containers}',
    todo: '컨테이너를 중지하거나 다른 이름의 볼륨으로 복원하세요.',
  },
  'backup.volume-options': {
    what: '{volume} 볼륨에 드라이버 옵션이 있어 내용을 바꿀 수 없습니다.',
    todo: '다른 이름의 볼륨으로 복원하세요.',
  },
} satisfies Partial<ErrorTexts>
