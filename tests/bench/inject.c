/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program decides for each run whether a frame is due; where none is, the
 * run ends with nothing, so that the loop in the kernel is what waits.  The
 * state is in a map that both sides see.  One call to the kernel lasts for
 * as long as there is something to send: each call costs a grace period of
 * RCU, some milliseconds.
 */
#include <config.h>

#include "inject.h"

#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define XDP_NATIVE (1U << 2) /* XDP_FLAGS_DRV_MODE of linux/if_link.h */
#define BATCH 64             /* runs between two times that the stack is fed */
#define BEHIND 64            /* frames that may be made up for at most */
#define TIME_SHIFT 8         /* times are in nanoseconds / 256 */
#define PATIENCE 0.02        /* seconds, behind the last frame */

struct state {
	uint64_t sent, count;
	uint64_t due, gap, slack;
	uint64_t first, last; /* when they were sent */
};

struct frame {
	int32_t shorter; /* what is to be cut off, below 0 */
	uint32_t unused;
	uint8_t head[INJECT_HEAD];
};

struct inject {
	unsigned interface;
	uint32_t room, kept;
	int state_map, frames_map, link;
	struct state *state;
	struct frame *frames;
	size_t frames_size;
};

static void
fail(const char *what)
{
	fprintf(stderr, "send: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
call_bpf(int command, union bpf_attr *arguments, const char *what)
{
	int result =
	    (int)syscall(SYS_bpf, command, arguments, sizeof(*arguments));

	if (result == -1 && errno != EINTR)
		fail(what);
	return result;
}

/* --- maps */

static int
make_map(uint32_t size, uint32_t count)
{
	union bpf_attr arguments;

	memset(&arguments, 0, sizeof(arguments));
	arguments.map_type = BPF_MAP_TYPE_ARRAY;
	arguments.key_size = sizeof(uint32_t);
	arguments.value_size = size;
	arguments.max_entries = count;
	arguments.map_flags = BPF_F_MMAPABLE;
	return call_bpf(BPF_MAP_CREATE, &arguments, "BPF map");
}

static void *
see_map(int map, size_t size)
{
	void *seen =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	if (seen == MAP_FAILED)
		fail("BPF map");
	return seen;
}

/* --- the program */

struct code {
	struct bpf_insn all[128];
	uint32_t size;
};

static uint32_t
put(struct code *code, uint8_t operation, unsigned to, unsigned from,
    int offset, int32_t number)
{
	code->all[code->size] = (struct bpf_insn){ .code = operation,
		.dst_reg = to & 15,
		.src_reg = from & 15,
		.off = (int16_t)offset,
		.imm = number };
	return code->size++;
}

#define R0 0 /* results */
#define R1 1 /* arguments */
#define R2 2
#define R3 3
#define R4 4
#define R5 5
#define CONTEXT 6 /* these outlive calls */
#define STATE 7
#define SENT 8
#define DUE 9
#define STACK 10

#define FIELD(name) ((int)offsetof(struct state, name))
#define MOVE(to, from) put(code, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define SET(to, value) put(code, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value)
#define LOAD(size, to, from, at)                                               \
	put(code, BPF_LDX | (size) | BPF_MEM, to, from, at, 0)
#define STORE(size, to, at, from)                                              \
	put(code, BPF_STX | (size) | BPF_MEM, to, from, at, 0)
#define CALL(function) put(code, BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define EXIT put(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* Where one register is so to the other; to be aimed. */
#define IF(is, one, other) put(code, BPF_JMP | (is) | BPF_X, one, other, 0, 0)

/* The jump goes to what comes next. */
static void
aim(struct code *code, uint32_t jump)
{
	code->all[jump].off = (int16_t)(code->size - jump - 1);
}

static void
put_map(struct code *code, unsigned to, unsigned kind, int map)
{
	put(code, BPF_LD | BPF_DW | BPF_IMM, to, kind, 0, map);
	put(code, 0, 0, 0, 0, 0);
}

/* Nothing more to be sent, or not now: the two jumps to be aimed. */
static void
put_whether_due(struct code *code, uint32_t jumps[2])
{
	uint32_t skip;

	LOAD(BPF_DW, SENT, STATE, FIELD(sent));
	LOAD(BPF_DW, R1, STATE, FIELD(count));
	jumps[0] = IF(BPF_JGE, SENT, R1);
	CALL(BPF_FUNC_ktime_get_ns);
	put(code, BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0, TIME_SHIFT);
	LOAD(BPF_DW, DUE, STATE, FIELD(due));
	jumps[1] = IF(BPF_JGT, DUE, R0);
	/* Not further behind than the slack. */
	MOVE(R2, R0);
	LOAD(BPF_DW, R3, STATE, FIELD(slack));
	put(code, BPF_ALU64 | BPF_SUB | BPF_X, R2, R3, 0, 0);
	skip = IF(BPF_JGE, DUE, R2);
	MOVE(DUE, R2);
	aim(code, skip);
	LOAD(BPF_DW, R1, STATE, FIELD(gap));
	put(code, BPF_ALU64 | BPF_ADD | BPF_X, DUE, R1, 0, 0);
	STORE(BPF_DW, STATE, FIELD(due), DUE);
	STORE(BPF_DW, STATE, FIELD(last), R0);
	skip = put(code, BPF_JMP | BPF_JNE | BPF_K, SENT, 0, 0, 0);
	STORE(BPF_DW, STATE, FIELD(first), R0);
	aim(code, skip);
}

/* The table's next frame, in R0; the jump for none. */
static uint32_t
put_look_up(struct code *code, const struct inject *inject)
{
	put(code, BPF_ALU64 | BPF_MOD | BPF_K, SENT, 0, 0,
	    (int32_t)inject->kept);
	STORE(BPF_W, STACK, -4, SENT);
	put_map(code, R1, BPF_PSEUDO_MAP_FD, inject->frames_map);
	MOVE(R2, STACK);
	put(code, BPF_ALU64 | BPF_ADD | BPF_K, R2, 0, 0, -4);
	CALL(BPF_FUNC_map_lookup_elem);
	return put(code, BPF_JMP | BPF_JEQ | BPF_K, R0, 0, 0, 0);
}

/* Into the packet; the jump for a packet without the room. */
static uint32_t
put_copy(struct code *code)
{
	uint32_t jump;

	LOAD(BPF_W, R2, CONTEXT, offsetof(struct xdp_md, data));
	LOAD(BPF_W, R3, CONTEXT, offsetof(struct xdp_md, data_end));
	MOVE(R4, R2);
	put(code, BPF_ALU64 | BPF_ADD | BPF_K, R4, 0, 0, INJECT_HEAD);
	jump = IF(BPF_JGT, R4, R3);
	for (int i = 0; i < INJECT_HEAD; i += 8) {
		LOAD(BPF_DW, R5, R0, (int)offsetof(struct frame, head) + i);
		STORE(BPF_DW, R2, i, R5);
	}
	LOAD(BPF_W, R2, R0, offsetof(struct frame, shorter));
	MOVE(R1, CONTEXT);
	CALL(BPF_FUNC_xdp_adjust_tail);
	return jump;
}

static void
write_program(struct code *code, const struct inject *inject)
{
	uint32_t jumps[4];

	code->size = 0;
	MOVE(CONTEXT, R1);
	put_map(code, STATE, BPF_PSEUDO_MAP_VALUE, inject->state_map);
	put_whether_due(code, jumps);
	MOVE(R1, SENT);
	put(code, BPF_ALU64 | BPF_ADD | BPF_K, R1, 0, 0, 1);
	STORE(BPF_DW, STATE, FIELD(sent), R1);
	jumps[2] = put_look_up(code, inject);
	jumps[3] = put_copy(code);
	SET(R0, XDP_PASS);
	EXIT;
	for (int i = 0; i < 4; i++)
		aim(code, jumps[i]);
	SET(R0, XDP_DROP);
	EXIT;
}

static int
load_program(const struct code *code)
{
	static const char license[] = "Dual BSD/GPL";
	union bpf_attr arguments;

	memset(&arguments, 0, sizeof(arguments));
	arguments.prog_type = BPF_PROG_TYPE_XDP;
	arguments.insns = (uintptr_t)code->all;
	arguments.insn_cnt = code->size;
	arguments.license = (uintptr_t)license;
	return call_bpf(BPF_PROG_LOAD, &arguments, "BPF program");
}

/*
 * The interface takes frames of XDP only while it has a program of its own:
 * one that passes everything on.
 */
static int
attach_passing(unsigned interface)
{
	struct code passing = { .size = 0 }, *code = &passing;
	union bpf_attr arguments;

	SET(R0, XDP_PASS);
	EXIT;
	memset(&arguments, 0, sizeof(arguments));
	arguments.link_create.prog_fd = (uint32_t)load_program(code);
	arguments.link_create.target_ifindex = interface;
	arguments.link_create.attach_type = BPF_XDP;
	arguments.link_create.flags = XDP_NATIVE;
	return call_bpf(BPF_LINK_CREATE, &arguments, "native XDP");
}

/* --- from outside */

struct inject *
inject_open(const char *interface, uint32_t room)
{
	struct inject *inject = calloc(1, sizeof(*inject));
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (inject == NULL ||
	    (inject->interface = if_nametoindex(interface)) == 0)
		fail(interface);
	inject->room = room;
	inject->state_map = make_map(sizeof(*inject->state), 1);
	inject->state = see_map(inject->state_map, page);
	inject->frames_map = make_map(sizeof(*inject->frames), room);
	inject->frames_size =
	    (room * sizeof(*inject->frames) + page - 1) / page * page;
	inject->frames = see_map(inject->frames_map, inject->frames_size);
	inject->link = attach_passing(inject->interface);
	return inject;
}

void
inject_keep(struct inject *inject, const uint8_t *octets, size_t size)
{
	struct frame *frame = &inject->frames[inject->kept];

	errno = EMSGSIZE;
	if (inject->kept == inject->room || size < INJECT_MIN ||
	    size > INJECT_MAX)
		fail("a frame");
	inject->kept++;
	frame->shorter = (int32_t)size - INJECT_MAX;
	memcpy(frame->head, octets, size < INJECT_HEAD ? size : INJECT_HEAD);
}

static void
interrupted(int number)
{
	(void)number;
}

/* After so long the kernel is to look whether there is anything left. */
static void
interrupt_after(double seconds)
{
	struct sigaction action = { .sa_handler = interrupted };
	struct itimerval timer = {
		.it_value = { (time_t)seconds,
		    (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6) }
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void
run(const struct inject *inject, int program)
{
	static uint8_t frame[INJECT_MAX];
	struct xdp_md context = { .data_end = INJECT_MAX,
		.ingress_ifindex = inject->interface };
	union bpf_attr arguments;

	memset(&arguments, 0, sizeof(arguments));
	arguments.test.prog_fd = (uint32_t)program;
	arguments.test.data_in = (uintptr_t)frame;
	arguments.test.data_size_in = sizeof(frame);
	arguments.test.ctx_in = (uintptr_t)&context;
	arguments.test.ctx_size_in = sizeof(context);
	arguments.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	arguments.test.batch_size = BATCH;
	/* Without a rate each run sends one. */
	arguments.test.repeat =
	    inject->state->gap == 0
	        ? (uint32_t)(inject->state->count - inject->state->sent)
	        : UINT32_MAX / 2;
	(void)call_bpf(BPF_PROG_TEST_RUN, &arguments, "running a BPF program");
}

double
inject_run(struct inject *inject, uint64_t rate, uint64_t count)
{
	struct state *state = inject->state;
	struct code code;
	int program;

	write_program(&code, inject);
	program = load_program(&code);
	*state = (struct state){ .count = count };
	if (rate > 0)
		state->gap = (UINT64_C(1000000000) << TIME_SHIFT) / rate;
	state->slack = BEHIND * state->gap;
	while (state->sent < count) {
		if (rate > 0)
			interrupt_after(
			    PATIENCE +
			    (double)(count - state->sent) / (double)rate);
		run(inject, program);
	}
	close(program);
	return (double)((state->last - state->first) >> TIME_SHIFT) / 1e9;
}

void
inject_close(struct inject **inject)
{
	if (*inject == NULL)
		return;
	close((*inject)->link);
	munmap((*inject)->frames, (*inject)->frames_size);
	munmap((*inject)->state, (size_t)sysconf(_SC_PAGESIZE));
	close((*inject)->frames_map);
	close((*inject)->state_map);
	free(*inject);
	*inject = NULL;
}
