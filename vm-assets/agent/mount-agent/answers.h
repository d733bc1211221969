/* Answers to requests of the kernel that need no round trip to the host. Only the pump uses them. */

/* Answers a request, if the answer is known. Returns 1 when the host need not see the request. */
int answer_here(struct fuse_in_header *header);

/* True for a message that no process waits for. */
int may_wait(struct fuse_in_header *header);

/* The host reports that a folder is new and empty, or that it has changed on the host (TO_AGENT_NEW_FOLDER and so on). */
void grant_new_folder(uint64_t node);
void revoke_new_folder(uint64_t node);

/* The host reports the end of a listing. `end` is the body of TO_AGENT_LISTING_END. */
void keep_listing_end(const void *end);

/* Forgets all of this, because the host may have changed without a report. */
void drop_answers(void);
