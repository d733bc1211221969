import type { ErrorTexts } from '../../texts'

export const app = {
  internal: {
    what: 'Berth 내부에서 문제가 발생했습니다.',
    todo: '다시 시도하세요. 계속 발생하면 아래의 자세한 내용과 함께 알려 주세요.',
  },

  'input.invalid': {
    what: '{field} 값이 올바르지 않습니다: {reason}.',
    todo: '값을 고친 뒤 다시 시도하세요.',
  },

  'app.unsaved-text': {
    what: '저장하지 않은 텍스트가 있는 창이 있어 Berth를 종료하지 않았습니다.',
    todo: '텍스트를 저장하세요. 버리려면 다시 종료하고 버리기를 선택하세요.',
  },

  'host.already-running': {
    what: 'Berth가 이미 실행 중이며(프로세스 {pid}) {folder} 폴더를 사용하고 있습니다.',
    todo: '실행 중인 Berth를 사용하거나 먼저 종료하세요.',
  },
  'host.qemu-missing': {
    what: '이 컴퓨터에서 QEMU({binary})를 찾을 수 없습니다.',
    todo: 'QEMU를 설치한 뒤({install}) 다시 시도하세요.',
  },
  'host.no-space': {
    what: '{folder}의 디스크 여유 공간이 {free}뿐이지만 {needed}이(가) 필요합니다.',
    todo: '디스크 공간을 확보한 뒤 다시 시도하세요.',
  },
  'host.folder-unwritable': {
    what: 'Berth가 {folder}에 쓸 수 없습니다.',
    todo: '사용자에게 이 폴더의 쓰기 권한을 주거나 BERTH_HOME을 다른 폴더로 지정하세요.',
  },

  'session.not-found': {
    what: '이 세션은 종료되었습니다.',
    todo: '새 세션을 여세요.',
  },
  'session.spawn-failed': {
    what: '셸을 시작하지 못했습니다: {reason}.',
    todo: '명령어를 확인한 뒤 다시 시도하세요.',
  },
  'session.window-blocked': {
    what: '브라우저가 셸 창을 차단했습니다.',
    todo: '이 페이지의 팝업 창을 허용한 뒤 다시 시도하세요.',
  },
  'session.detached': {
    what: '분리 키로 셸에서 나왔습니다. 셸은 컨테이너 안에서 계속 실행 중입니다.',
    todo: '계속하려면 새 셸을 여세요. 이전 셸을 끝내려면 새 셸에서 그 프로세스를 종료하거나 컨테이너를 중지하세요.',
  },
  'session.user-unknown': {
    what: '{container} 컨테이너에 사용자 또는 그룹 {user}이(가) 없습니다.',
    todo: '컨테이너의 /etc/passwd에 있는 사용자를 선택하거나 번호를 입력하세요.',
  },
  'session.folder-unusable': {
    what: '{folder}에서 셸을 시작할 수 없습니다. 이유: {reason}',
    todo: '컨테이너에 있고 해당 사용자가 들어갈 수 있는 폴더를 선택하세요.',
  },
  'session.shell-missing': {
    what: '{container} 컨테이너에서 {shell}을(를) 실행할 수 없습니다.',
    todo: '다른 셸을 선택하거나 Berth 도구 셸을 여세요.',
  },

  'upload.incomplete': {
    what: '파일 전체를 받지 못했습니다.',
    todo: '파일을 다시 선택하세요. 업로드하는 동안 파일을 변경하지 마세요.',
  },
  'upload.not-found': {
    what: '이 업로드는 종료되었습니다.',
    todo: '파일을 다시 선택하세요.',
  },

  'task.not-found': {
    what: '이 작업은 더 이상 목록에 없습니다.',
    todo: '목록에서 삭제된 작업입니다. 따로 할 일은 없습니다.',
  },
  'task.still-running': {
    what: '이 작업은 아직 진행 중입니다.',
    todo: '작업을 취소하거나 끝날 때까지 기다리세요.',
  },

  'api.disconnected': {
    what: 'Berth와의 연결이 끊어졌습니다.',
    todo: 'Berth가 자동으로 다시 연결합니다. 잠시 후 다시 시도하세요. 연결되지 않으면 Berth를 다시 시작하세요.',
  },
} satisfies Partial<ErrorTexts>
