# Fluxline.  make run | up | down | test | test-isolation | check | lint | fmt |
# bench
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL = all
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:

CC      = gcc
B       = build
ifeq ($(SAN),1)
B       = build/san
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined
endif
ifeq ($(COVER),1)
B       = build/cover
SANFLAGS = --coverage -O0
endif
ifeq ($(FUZZ),1)
B       = build/fuzz
CC      = clang
SANFLAGS = -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
endif
ifneq ($(V),1)
Q       = @echo "  $(1)	$(patsubst $(B)/%,%,$@)";
endif

CPPFLAGS = -Ilib -I. -Itools -I$(B)/gen -D_GNU_SOURCE -I/usr/include/postgresql \
	-I/usr/include/ClearSilver -I/usr/include/modbus
WARN    = -Wall -Wextra -Wconversion -Wshadow -Wvla -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Werror
# Each processor has its own way to keep jumps where they belong.
JUMPS_x86_64  = -fcf-protection=full
JUMPS_aarch64 = -mbranch-protection=standard
HARDEN  = -fstack-protector-strong -fstack-clash-protection \
	$(JUMPS_$(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))) \
	-ftrivial-auto-var-init=zero -fno-strict-overflow \
	-fno-delete-null-pointer-checks -fPIE
ifeq (,$(SAN)$(COVER)$(FUZZ))
HARDEN += -D_FORTIFY_SOURCE=3
endif
CFLAGS  = -std=c11 -O2 -g $(WARN) $(HARDEN) $(SANFLAGS)
LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	-Wl,--as-needed $(SANFLAGS)
ifneq (,$(findstring clang,$(CC)))
CFLAGS += -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
endif
LDLIBS  = -lneo_cs -lneo_utl -lfcgi -lpq -ljansson -lmodbus -lcrypto \
	-lseccomp -lzstd -lz -lpthread -lm
# Only for whom it is: no other program can come to speak to the network.
NETLIBS = -lcurl
QRLIBS  = -lqrencode
MAPLIBS = -lyaml -lzip -lexpat

LIBOBJ  = $(patsubst %.c,$(B)/%.o,$(wildcard lib/*/*.c)) $(B)/gen/query.o
GEN     = $(B)/gen/query.h $(B)/gen/query.c
PROGRAMS = $(addprefix $(B)/bin/,web.fcgi auth.fcgi admin.fcgi api.fcgi \
	ingest.fcgi fluxline-worker fluxline-poller fluxline-simulator \
	fluxline-supervise fluxline-profile fluxctl)
UNITS   = $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*_test.c))
objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))

# The SQL extension is the codec once more, as a module of the server, with
# what it needs of lib/base.  Nothing of it is visible but the SQL functions.
PGLIB   = $(shell pg_config --pkglibdir 2>/dev/null)
PGSHARE = $(shell pg_config --sharedir 2>/dev/null)/extension
PGINC   = $(shell pg_config --includedir-server 2>/dev/null)
MODULE  = $(B)/lib/fluxline.so
CODEC   = $(patsubst %,lib/store/%.c,wire ints ints_get values values_get \
	column run block bucket merge readings)
MODULE_BASE = $(addprefix lib/base/,arena.c buf.c err.c shrink.c utf8.c)
PICFLAGS = $(filter-out -fPIE -fsanitize% -fno-sanitize%,$(CFLAGS)) -fPIC \
	-fvisibility=hidden -ffunction-sections -fdata-sections
ifneq (,$(wildcard $(PGINC)/postgres.h))
EXTENSION = $(MODULE)
endif

PREFIX  = /usr/local/lib/fluxline

.PHONY: all check lint fmt clean run up down dev test test-isolation install \
	bench bench-audit bench-ingest bench-store bench-sustained bench-shard \
	bench-peers bench-poller bench-edge \
	coverage cover-run fuzz fuzz-run extension install-extension field \
	arm64 arm64-objects
all: $(PROGRAMS) $(EXTENSION)

$(B)/bin/web.fcgi: $(call objects,cgi-bin/web)
$(B)/bin/auth.fcgi: $(call objects,cgi-bin/auth)
$(B)/bin/auth.fcgi: OWNLIBS = $(NETLIBS) $(QRLIBS)
$(B)/bin/admin.fcgi: $(call objects,cgi-bin/admin)
$(B)/bin/admin.fcgi: OWNLIBS = $(QRLIBS) $(MAPLIBS)
$(B)/bin/api.fcgi: $(call objects,cgi-bin/api)
$(B)/bin/api.fcgi: OWNLIBS = -lxlsxwriter
$(B)/bin/ingest.fcgi: $(call objects,cgi-bin/ingest)
$(B)/bin/fluxline-worker: $(call objects,worker)
$(B)/bin/fluxline-worker: OWNLIBS = $(NETLIBS)
$(B)/bin/fluxline-poller: $(call objects,poller)
$(B)/bin/fluxline-poller: OWNLIBS = $(NETLIBS)
$(B)/bin/fluxline-poller: LDFLAGS += \
	-Wl,--export-dynamic-symbol=_gnutls_global_init_skip
$(B)/bin/fluxline-simulator: $(call objects,simulator)
$(B)/bin/fluxline-simulator: OWNLIBS = $(NETLIBS)
$(B)/bin/fluxline-supervise: $(call objects,tools/supervise)
$(B)/bin/fluxline-profile: $(call objects,tools/profile)
$(B)/bin/fluxline-profile: OWNLIBS = $(MAPLIBS)
$(B)/bin/fluxctl: $(call objects,tools/fluxctl)
$(B)/bin/fluxctl: OWNLIBS = $(QRLIBS)
$(PROGRAMS): $(B)/libflux.a
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libflux.a $(OWNLIBS) \
	    $(LDLIBS)

# What others try first is part of the policy; it comes with npm.
$(B)/gen/common_passwords.txt: package-lock.json tools/passwords.mjs
	@mkdir -p $(@D)
	@tools/vendor
	$(call Q,GEN)node tools/passwords.mjs > $@.new && mv $@.new $@
$(B)/lib/trust/policy.o: $(B)/gen/common_passwords.txt
$(B)/lib/trust/policy.o: CFLAGS += -Wa,-I$(B)/gen

$(B)/libflux.a: $(LIBOBJ)
	$(call Q,AR)rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c | $(B)/gen/query.h
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
# Loops over columns are worth more work of the compiler.
ifneq ($(COVER),1)
$(CODEC:%.c=$(B)/%.o): CFLAGS += -O3
endif

$(B)/gen/query.o: $(B)/gen/query.c $(B)/gen/query.h
	$(call Q,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(GEN): $(B)/gen/query.%: tools/sqlgen.awk $(wildcard sql/query/*.sql)
	@mkdir -p $(@D)
	$(call Q,SQL)awk -v part=$* -f $^ > $@.tmp && mv $@.tmp $@

$(B)/pic/sql/extension/%.o: sql/extension/%.c
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) -Ilib -isystem $(PGINC) -D_GNU_SOURCE \
	    $(filter-out -std=c11 -Wconversion -Wshadow,$(PICFLAGS)) \
	    -std=gnu11 -fvisibility=default \
	    -MMD -MP -c -o $@ $<
$(B)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(CPPFLAGS) -include sql/extension/memory.h $(PICFLAGS) \
	    -MMD -MP -c -o $@ $<
# The Makefile says what it is made of: what has left the list goes too.
$(MODULE): $(patsubst %.c,$(B)/pic/%.o,$(CODEC) $(MODULE_BASE) \
    $(wildcard sql/extension/*.c)) sql/extension/fluxline.map Makefile
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) -shared -Wl,-z,relro,-z,now,-z,noexecstack \
	    -Wl,--gc-sections,--as-needed \
	    -Wl,--version-script=sql/extension/fluxline.map -o $@ \
	    $(filter %.o,$^) -lzstd -lz -lm

extension: $(MODULE)

# Into the server of this machine, for databases that are not ours: then
# CREATE EXTENSION fluxline SCHEMA codec.
install-extension: $(MODULE)
	install -m 755 $(MODULE) $(DESTDIR)$(PGLIB)/
	install -m 644 sql/extension/fluxline.control \
	    sql/extension/fluxline--1.sql $(DESTDIR)$(PGSHARE)/

# A unit test is one file, and so is a program that a field test runs or that
# times a part of ours.  It links the library and, named by a comment "link:
# poller/decode.c", what else it is about.
FIELDS  = $(patsubst %.c,$(B)/%,$(wildcard tests/field/*.c))
TIMERS  = $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
linked  = $(patsubst %.c,$(B)/%.o,$(shell sed -n 's/^ \* link: //p' $(1)))
.SECONDEXPANSION:
$(UNITS) $(FIELDS) $(TIMERS): $(B)/%: $(B)/%.o $$(call linked,$$*.c) \
    $(B)/libflux.a
	$(call Q,LD)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libflux.a \
	    $(NETLIBS) $(QRLIBS) $(MAPLIBS) $(LDLIBS)
field: $(FIELDS) $(B)/bench/plant

# The cases of line protocol; InfluxData's own when they are beside us.
LINES   = tests/golden/line.json ../shared/data/line_protocol/corpus.json.gz
$(B)/gen/line_cases.h: tests/lib/line_cases.mjs $(wildcard $(LINES))
	@mkdir -p $(@D)
	$(call Q,GEN)node $< $(LINES) > $@.new && mv $@.new $@
$(B)/tests/unit/line_test.o: $(B)/gen/line_cases.h

# The edge agent for another processor: all that may go into it is compiled.
# Linking would want the libraries of that processor.
arm64:
	@$(MAKE) CC=aarch64-linux-gnu-gcc B=build/arm64 arm64-objects
arm64-objects: CPPFLAGS += -idirafter /usr/include/x86_64-linux-gnu
arm64-objects: $(call objects,poller) $(LIBOBJ)

# What the benchmarks are made with: a folder is a program.
BENCHES = $(addprefix $(B)/bench/,load plant)
$(BENCHES): $(B)/libflux.a
$(B)/bench/load: $(call objects,tests/bench/load)
$(B)/bench/plant: $(call objects,tests/bench/plant)
$(BENCHES):
	@mkdir -p $(@D)
	$(call Q,LD)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libflux.a \
	    -lssl $(LDLIBS)

check: all lint $(UNITS)
	@tools/check $(UNITS)

# Every branch of the codec and of the merge is taken by its unit tests.
CODEC_UNITS = $(patsubst %,$(B)/tests/unit/%_test,ints values block \
	damage bucket readings)
coverage:
	@$(MAKE) COVER=1 cover-run
cover-run: $(CODEC_UNITS)
	@find $(B) -name '*.gcda' -delete
	@tools/check $(CODEC_UNITS)
	@tools/coverage $(B) $(CODEC)

# FUZZ_S seconds of each tests/fuzz/*_fuzz.c.
FUZZERS = $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/*_fuzz.c))
fuzz:
	@tools/install-packages build test >&2
	@$(MAKE) FUZZ=1 fuzz-run
fuzz-run: $(FUZZERS)
	@tools/fuzz $(FUZZERS)
$(FUZZERS): $(B)/%: $(B)/%.o $$(call linked,$$*.c) $(B)/libflux.a
	$(call Q,LD)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) \
	    $(B)/libflux.a \
	    $(NETLIBS) $(QRLIBS) $(MAPLIBS) $(LDLIBS)

lint:
	@tools/lint

fmt:
	@tools/lint --sources | xargs clang-format -i

run dev:
	@tools/run
up:
	@tools/up
down:
	@tools/down
test:
	@tests/run
# Every route and every relation for every role, and what attackers may try.
test-isolation:
	@tests/run http/isolation http/matrix sql/probe sql/attacks
bench:
	@tools/install-packages build run bench >&2
	@node tests/bench/run.mjs
bench-audit:
	@tools/install-packages build run bench >&2
	@node tests/bench/audit.mjs
# Only figures go to stdout.
bench-ingest bench-store bench-sustained bench-shard:
	@tools/install-packages build run bench >&2
	@$(MAKE) $(BENCHES) $(B)/tests/bench/codec >&2
	@node tests/bench/$(subst bench-,,$@).mjs
bench-peers:
	@tools/install-packages build run bench peers >&2
	@$(MAKE) bench-ingest
	@$(MAKE) bench-store

bench-poller:
	@tools/install-packages build run pollers >&2
	@tests/clients/install >&2
	@$(MAKE) $(B)/bin/fluxline-poller $(B)/tests/bench/slaves >&2
	@node tests/bench/poller.mjs
bench-edge:
	@tools/install-packages build run >&2
	@$(MAKE) $(B)/bin/fluxline-poller $(B)/tests/bench/slaves >&2
	@node tests/bench/edge.mjs

install: all
	@mkdir -p $(DESTDIR)$(PREFIX)
	$(call Q,CP)cp -R $(B)/bin $(patsubst %,$(B)/lib,$(EXTENSION)) \
	    templates static sql profiles nginx.conf senders.conf \
	    $(DESTDIR)$(PREFIX)/

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
