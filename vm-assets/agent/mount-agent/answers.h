/* Answers to requests of the kernel that need no round trip to the host. Only the pump uses them. */

/* Answers a request, if the answer is known. Returns 1 when the host need not see the request. */
int answer_here(struct fuse_in_header *header);

/*
 * Returns 1 for the end of a use (RELEASE, FORGET). No process waits for such a message any more, because this function
 * answers RELEASE. The host gets no `unique` to answer it again.
 */
int answer_end_of_use(struct fuse_in_header *header);

/* The host reports that a folder is new and empty (TO_AGENT_NEW_FOLDER), or has changed (TO_AGENT_FOLDER_CHANGED). */
void grant_new_folder(uint64_t node);
void revoke_new_folder(uint64_t node);

/* The host reports the end of a listing. `end` is the body of TO_AGENT_LISTING_END. */
void keep_listing_end(const void *end);

/* Forgets what the host has reported. Call this if changes on the host may not have been reported. */
void drop_answers(void);
