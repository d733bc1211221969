import type { ErrorTexts } from '../../texts'

export const machine = {
  'machine.not-running': {
    what: '머신이 실행 중이 아닙니다.',
    todo: '머신을 시작한 뒤 다시 시도하세요.',
  },
  'machine.not-stopped': {
    what: '먼저 머신을 중지해야 합니다.',
    todo: '머신을 중지한 뒤 다시 시도하세요.',
  },
  'machine.image-missing': {
    what: '게스트 이미지가 없습니다({folder}).',
    todo: '`npm run vm:build`를 실행하거나 Berth를 다시 설치하세요.',
  },
  'machine.image-corrupt': {
    what: '게스트 이미지가 손상되었습니다: {file}의 체크섬이 일치하지 않습니다.',
    todo: '진단 페이지에서 다시 내려받거나, 사용할 수 있는 다른 게스트 이미지로 바꿀 수 있습니다. 이미지, 컨테이너, 볼륨은 그대로 남습니다.',
  },
  'machine.image-download': {
    what: '{url}에서 게스트 이미지를 내려받지 못했습니다: {reason}.',
    todo: '네트워크 연결을 확인한 뒤 다시 시도하세요.',
  },
  'machine.disk-create': {
    what: '데이터 디스크 {file}을(를) 만들지 못했습니다: {reason}.',
    todo: '폴더와 디스크 여유 공간을 확인한 뒤 다시 시도하세요.',
  },
  'machine.disk-grow': {
    what: '데이터 디스크 {file}을(를) {size} GiB로 늘리지 못했습니다: {reason}.',
    todo: '이전 크기로 다시 설정하세요. 데이터는 사라지지 않습니다.',
  },
  'machine.disk-locked': {
    what: '데이터 디스크 {file}을(를) 다른 프로세스가 사용하고 있습니다.',
    todo: '사용 중인 프로그램을 종료한 뒤 다시 시도하세요.',
  },
  'machine.disk-unusable': {
    what: '머신이 데이터 디스크 {file}을(를) 사용할 수 없습니다: {reason}.',
    todo: '데이터가 필요하면 먼저 파일을 복사해 두세요. 그런 다음 디스크를 복구하거나, Berth를 초기화해 빈 디스크로 시작하세요.',
  },
  'machine.data-newer': {
    what: '데이터 디스크 {file}은(는) 더 새로운 버전의 Berth에서 마지막으로 사용했습니다. 디스크 형식은 {format}이고 이 버전은 {known}까지 지원합니다.',
    todo: '최신 버전의 Berth를 사용하세요. 디스크의 이미지, 컨테이너, 볼륨은 바뀌지 않았습니다.',
  },
  'machine.data-full': {
    what: '머신의 데이터 디스크가 가득 차서 Docker 엔진을 시작할 공간이 없습니다.',
    todo: '설정에서 머신의 디스크를 늘린 뒤 다시 시작하세요. 그런 다음 필요 없는 데이터를 삭제하세요. 데이터는 사라지지 않습니다.',
  },
  'machine.qemu-start': {
    what: 'QEMU를 시작하지 못했습니다: {reason}.',
    todo: 'QEMU 설치 상태를 확인한 뒤 다시 시도하세요.',
  },
  'machine.qemu-died': {
    what: '머신이 예기치 않게 종료되었습니다({reason}).',
    todo: '다시 시작하세요. 아래 마지막 콘솔 출력에 원인이 있을 수 있습니다.',
  },
  'machine.accelerators-failed': {
    what: '이 컴퓨터에서 머신을 실행할 수 없습니다. 시도한 방법: {tried}.',
    todo: '이 컴퓨터의 가상화 설정을 확인한 뒤 다시 시도하세요.',
  },
  'machine.boot-timeout': {
    what: '머신이 {seconds}초 안에 부팅되지 않았습니다.',
    todo: '다시 시도하세요. 아래 마지막 콘솔 출력에 원인이 있을 수 있습니다.',
  },
  'machine.ssh-timeout': {
    what: '머신이 {seconds}초 안에 SSH로 응답하지 않았습니다.',
    todo: '다시 시도하세요. 아래 마지막 콘솔 출력에 원인이 있을 수 있습니다.',
  },
  'machine.ssh-refused': {
    what: '머신이 SSH 연결을 거부했습니다: {reason}.',
    todo: '머신을 다시 시작하세요.',
  },
  'machine.host-key-mismatch': {
    what: '응답한 SSH 서버가 Berth의 머신이 아닙니다. 호스트 키가 고정된 키와 다릅니다.',
    todo: '머신을 다시 시작하세요. 계속 발생하면 다른 프로그램이 로컬 연결을 방해하고 있는 것입니다.',
  },
  'machine.engine-timeout': {
    what: 'Docker 엔진이 {seconds}초 안에 응답하지 않았습니다.',
    todo: '머신을 다시 시작하세요. 아래 마지막 로그에 원인이 있을 수 있습니다.',
  },
  'machine.engine-failed': {
    what: 'Docker 엔진을 시작하지 못했습니다: {reason}.',
    todo: '머신을 다시 시작하세요. 아래 마지막 로그에 원인이 있을 수 있습니다.',
  },
  'machine.connection-lost': {
    what: '머신과의 연결이 끊어졌습니다.',
    todo: 'Berth가 다시 연결하고 있습니다. 잠시 후 다시 시도하세요.',
  },
  'machine.resume-host': {
    what: '저장해 둔 머신을 이어서 실행하지 못했습니다. QEMU나 이 컴퓨터의 시스템이 업데이트되었습니다.',
    todo: '대신 머신을 부팅했습니다. 디스크의 데이터는 사라지지 않았습니다. 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-image': {
    what: '저장해 둔 머신을 이어서 실행하지 못했습니다. 게스트 이미지가 바뀌었습니다.',
    todo: '대신 머신을 부팅했습니다. 디스크의 데이터는 사라지지 않았습니다. 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-settings': {
    what: '저장해 둔 머신을 이어서 실행하지 못했습니다. 머신 설정이 바뀌었습니다.',
    todo: '대신 머신을 부팅했습니다. 디스크의 데이터는 사라지지 않았습니다. 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-disk': {
    what: '저장해 둔 머신을 이어서 실행하지 못했습니다. 머신의 디스크가 바뀌었습니다.',
    todo: '대신 머신을 부팅했습니다. 디스크의 데이터는 사라지지 않았습니다. 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-failed': {
    what: '저장해 둔 머신을 이어서 실행하지 못했습니다: {reason}.',
    todo: '대신 머신을 부팅했습니다. 디스크의 데이터는 사라지지 않았습니다. 필요한 컨테이너를 다시 시작하세요.',
  },

  'dns.not-served': {
    what: '머신이 이 컴퓨터의 이름 확인 기능을 사용할 수 없습니다: {reason}.',
    todo: '진단 페이지에서 다시 설정하세요. 그때까지 컨테이너는 host.docker.internal과 이 컴퓨터만 아는 이름의 주소를 찾을 수 없습니다.',
  },
} satisfies Partial<ErrorTexts>
