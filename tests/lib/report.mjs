// report.mjs - a reporter for node:test: what failed, in full, and the count.
// Suites are not tests, unless skipped whole, and neither is a file unless it
// broke.
import { inspect } from 'node:util';

const is_test = (data) => data.name !== data.file &&
	(data.details?.type !== 'suite' || data.skip !== undefined);

// A page from its content on, and without its many empty lines.
function cause(error) {
	const inner = error?.cause ?? error;
	return inspect(inner, { depth: 4 })
		.replace(/<!DOCTYPE html>[^]*?(?=<main)/g, '').split('\n')
		.filter((line) => line.trim()).slice(0, 40).join('\n    ');
}

export default async function* report(events) {
	const count = { passed: 0, failed: 0, skipped: 0 };

	for await (const { type, data } of events) {
		if (type === 'test:pass' && is_test(data)) {
			const left = data.skip !== undefined || data.todo !== undefined;

			count[left ? 'skipped' : 'passed']++;
		}
		if (type === 'test:fail' && data.details?.type !== 'suite') {
			count.failed++;
			yield `not ok ${data.name}\n    ${cause(data.details.error)}\n`;
		}
		// Why its tests were cancelled.
		if (type === 'test:fail' && data.details?.type === 'suite' &&
		    data.details.error?.failureType === 'hookFailed')
			yield `before or after ${data.name}\n    ${
				cause(data.details.error)}\n`;
		if (type === 'test:stderr' || type === 'test:stdout')
			yield data.message;
	}
	yield `${count.passed} passed, ${count.failed} failed, ` +
	    `${count.skipped} skipped\n`;
}
