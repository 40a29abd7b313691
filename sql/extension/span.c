/*
 * flux_span: where a query asks for a span of a function's rows, tell the
 * function, so that it need not make the others.
 *
 * For f(sensors, since, till) with a column "time" in second place, called in
 * FROM with '-infinity' or 'infinity': of "time >= x" in the same query level
 * (a view's, after the planner pushed the condition down) x becomes since.
 * The condition itself stays, so that a span too wide does no harm.
 */
#include <postgres.h>

#include <catalog/pg_type.h>
#include <fmgr.h>
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <nodes/pathnodes.h>
#include <nodes/supportnodes.h>
#include <optimizer/clauses.h>
#include <optimizer/optimizer.h>
#include <utils/fmgroids.h>
#include <utils/lsyscache.h>
#include <utils/timestamp.h>

enum { ARGS = 3, SINCE = 1, TILL = 2, COLUMN_TIME = 2 };

/* A condition on "time" as it reads with the column on the left. */
struct bound {
	Oid function, flipped;
	bool lower, upper;
	bool inclusive; /* the upper one: till is not */
};

static const struct bound bounds[] = {
	/* clang-format off */
	{ F_TIMESTAMPTZ_GE, F_TIMESTAMPTZ_LE, true,  false, false },
	{ F_TIMESTAMPTZ_GT, F_TIMESTAMPTZ_LT, true,  false, false },
	{ F_TIMESTAMPTZ_LT, F_TIMESTAMPTZ_GT, false, true,  false },
	{ F_TIMESTAMPTZ_LE, F_TIMESTAMPTZ_GE, false, true,  true },
	{ F_TIMESTAMPTZ_EQ, F_TIMESTAMPTZ_EQ, true,  true,  true },
	/* clang-format on */
};

enum { BOUNDS = sizeof(bounds) / sizeof(*bounds) };

/* The place of this call in FROM; 0 when there is none, or not just one. */
static Index
place_of(const Query *query, const FuncExpr *call)
{
	Index found = 0;
	int i;

	for (i = 0; i < list_length(query->rtable); i++) {
		RangeTblEntry *r = list_nth(query->rtable, i);
		RangeTblFunction *f;

		if (r->rtekind != RTE_FUNCTION ||
		    list_length(r->functions) != 1)
			continue;
		f = linitial(r->functions);
		if (!IsA(f->funcexpr, FuncExpr) ||
		    ((FuncExpr *)f->funcexpr)->funcid != call->funcid)
			continue;
		if (found != 0 ||
		    !equal(((FuncExpr *)f->funcexpr)->args, call->args))
			return 0;
		found = (Index)i + 1;
	}
	return found;
}

static bool
is_time(const Node *n, Index place)
{
	const Var *v = (const Var *)n;

	return IsA(n, Var) && (Index)v->varno == place &&
	       v->varattno == COLUMN_TIME && v->varlevelsup == 0;
}

/* Something that has one value throughout the query. */
static bool
is_fixed(Node *n)
{
	return exprType(n) == TIMESTAMPTZOID && !contain_var_clause(n) &&
	       !contain_vars_of_level(n, 1) && !contain_subplans(n) &&
	       !contain_volatile_functions(n);
}

/* Is it the constant that says "no bound"? */
static bool
is_open(const Node *n)
{
	const Const *c = (const Const *)n;

	return IsA(n, Const) && !c->constisnull &&
	       c->consttype == TIMESTAMPTZOID &&
	       TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(c->constvalue));
}

/* Just behind an instant. */
static Node *
behind(Node *instant)
{
	Interval *us = palloc0(sizeof(*us));

	us->time = 1;
	return (Node *)makeFuncExpr(F_TIMESTAMPTZ_PL_INTERVAL, TIMESTAMPTZOID,
	    list_make2(instant,
		makeConst(INTERVALOID, -1, InvalidOid, sizeof(*us),
		    PointerGetDatum(us), false, false)),
	    InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* Take one condition into the bounds that are still open. */
static void
take(Node **since, Node **till, Node *condition, Index place)
{
	OpExpr *op = (OpExpr *)condition;
	Node *left, *right;
	Oid function;
	bool flip;
	int i;

	if (!IsA(condition, OpExpr) || list_length(op->args) != 2)
		return;
	left = linitial(op->args);
	right = lsecond(op->args);
	flip = is_time(right, place);
	if ((!flip && !is_time(left, place)) || !is_fixed(flip ? left : right))
		return;
	function = get_opcode(op->opno);
	for (i = 0; i < BOUNDS; i++) {
		const struct bound *b = &bounds[i];
		Node *at = copyObject(flip ? left : right);

		if (function != (flip ? b->flipped : b->function))
			continue;
		if (b->lower && *since == NULL)
			*since = at;
		if (b->upper && *till == NULL)
			*till = b->inclusive ? behind(copyObject(at)) : at;
		return;
	}
}

/* All conditions that stand beside each other. */
static void
take_all(Node **since, Node **till, Node *quals, Index place)
{
	List *todo = list_make1(quals);

	while (todo != NIL) {
		Node *n = llast(todo);

		todo = list_delete_last(todo);
		if (n == NULL)
			continue;
		if (IsA(n, List))
			todo = list_concat_copy(todo, (List *)n);
		else if (is_andclause(n))
			todo = list_concat_copy(todo, ((BoolExpr *)n)->args);
		else
			take(since, till, n, place);
	}
}

PG_FUNCTION_INFO_V1(flux_span);

/* The support function: answers with a narrower call, or with NULL. */
Datum
flux_span(PG_FUNCTION_ARGS)
{
	SupportRequestSimplify *ask =
	    (SupportRequestSimplify *)PG_GETARG_POINTER(0);
	Node *since = NULL, *till = NULL;
	const Query *query;
	FuncExpr *call;
	Index place;

	if (!IsA(ask, SupportRequestSimplify) || ask->root == NULL ||
	    ask->root->parse->jointree == NULL ||
	    list_length(ask->fcall->args) != ARGS ||
	    (place = place_of(ask->root->parse, ask->fcall)) == 0)
		PG_RETURN_POINTER(NULL);
	query = ask->root->parse;
	take_all(&since, &till, query->jointree->quals, place);
	/* The planner puts what a grouped view is asked there. */
	if (query->groupClause != NIL)
		take_all(&since, &till, query->havingQual, place);
	call = copyObject(ask->fcall);
	if (since != NULL && is_open(list_nth(call->args, SINCE)))
		list_nth_cell(call->args, SINCE)->ptr_value = since;
	else
		since = NULL;
	if (till != NULL && is_open(list_nth(call->args, TILL)))
		list_nth_cell(call->args, TILL)->ptr_value = till;
	else
		till = NULL;
	if (since == NULL && till == NULL)
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(call);
}
