import type { ErrorTexts } from '../../texts'

export const registries = {
  'registry.unreachable': {
    what: '{image}의 레지스트리에 연결할 수 없습니다: {reason}',
    todo: '네트워크 연결과 레지스트리 이름을 확인하세요.',
  },
  'registry.denied': {
    what: '레지스트리가 {image} 접근을 거부했습니다.',
    todo: '이름을 확인하세요. 비공개 이미지라면 레지스트리에 로그인하세요.',
  },
  'registry.no-such-image': {
    what: '레지스트리에 {image} 이미지가 없습니다.',
    todo: '이름과 태그를 확인하세요.',
  },
  'registry.untrusted': {
    what: '{image}의 레지스트리 인증서를 신뢰할 수 없습니다: {reason}',
    todo: '설정의 레지스트리 항목에서 인증서에 서명한 인증 기관을 추가하세요.',
  },

  'login.refused': {
    what: '{registry}에서 사용자 이름 또는 비밀번호를 거부했습니다.',
    todo: '둘 다 확인하세요. 비밀번호 대신 액세스 토큰을 요구하는 레지스트리가 많습니다.',
  },
  'login.unreachable': {
    what: '{registry} 레지스트리에 연결할 수 없습니다: {reason}',
    todo: '이름, 네트워크, 프록시를 확인하세요. HTTPS를 쓰지 않는 레지스트리는 안전하지 않은 레지스트리에 추가해야 합니다.',
  },
  'login.untrusted': {
    what: '{registry}의 인증서를 신뢰할 수 없습니다: {reason}',
    todo: '설정의 레지스트리 항목에서 인증서에 서명한 인증 기관을 추가하세요.',
  },
  'login.helper-missing': {
    what: '{file}에 지정된 자격 증명 도우미 docker-credential-{helper}이(가) 이 컴퓨터에 설치되어 있지 않습니다.',
    todo: '설치하거나 그 파일에서 삭제하세요. 그때까지 새 로그인은 다른 곳에 보관합니다.',
  },
  'login.helper-failed': {
    what: '자격 증명 도우미 docker-credential-{helper}에서 오류가 발생했습니다: {reason}',
    todo: '이 컴퓨터의 자격 증명 저장소를 잠금 해제하거나 복구한 뒤 다시 시도하세요.',
  },
  'login.file-broken': {
    what: '{file}에 있는 로그인 정보를 읽을 수 없습니다.',
    todo: '파일을 삭제하고 다시 로그인하세요. Berth는 이 파일을 바꾸지 않았습니다.',
  },
  'login.file-unwritable': {
    what: '로그인 정보를 {file}에 저장하지 못했습니다: {reason}.',
    todo: '폴더 권한과 디스크 여유 공간을 확인한 뒤 다시 시도하세요.',
  },
  'login.foreign': {
    what: '{registry} 로그인은 Docker CLI에서 한 것이며 {file}에 저장되어 있습니다.',
    todo: '`docker logout {registry}`를 실행해 로그아웃하세요.',
  },
} satisfies Partial<ErrorTexts>
