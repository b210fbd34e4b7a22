// Numbers without their zeros (half of them after a relu), and the product of what is left with a matrix,
// which is what every layer with weights comes down to. Eight rows of the matrix are added in one pass: a
// sum is then read and written once for eight products, and each row is read in the order of memory.

const AT_ONCE = 8;

export class NonZeros {
  // inputs, columns: of the matrix, [input][column].
  constructor(inputs, columns) {
    Object.assign(this, { inputs, columns, count: 0 });
    // The last pass reaches beyond the numbers, to zeros.
    this.values = new Float64Array(inputs + AT_ONCE - 1);
    this.rows = new Int32Array(inputs + AT_ONCE - 1);
  }

  // Take the numbers of `input` from the place `from` on, as many as the matrix has rows.
  read(input, from) {
    const { values, rows, inputs, columns } = this;
    let count = 0;
    for (let i = 0; i < inputs; i++) {
      // A zero is written, too, and then overwritten: no branch has to be guessed.
      const value = input[from + i];
      values[count] = value;
      rows[count] = i * columns;
      count += value === 0 ? 0 : 1;
    }
    for (let i = count; i < count + AT_ONCE - 1; i++) values[i] = 0;
    this.count = count;
  }

  // Add to `length` numbers of the output, the first at `at`, the products with as many columns of the
  // matrix, the first of which is `column`.
  addProducts(matrix, column, length, output, at) {
    const { values, rows, count } = this;
    for (let i = 0; i < count; i += AT_ONCE) {
      const v0 = values[i], v1 = values[i + 1], v2 = values[i + 2], v3 = values[i + 3];
      const v4 = values[i + 4], v5 = values[i + 5], v6 = values[i + 6], v7 = values[i + 7];
      const r0 = rows[i] + column, r1 = rows[i + 1] + column;
      const r2 = rows[i + 2] + column, r3 = rows[i + 3] + column;
      const r4 = rows[i + 4] + column, r5 = rows[i + 5] + column;
      const r6 = rows[i + 6] + column, r7 = rows[i + 7] + column;
      for (let j = 0; j < length; j++) {
        output[at + j] +=
          v0 * matrix[r0 + j] + v1 * matrix[r1 + j] + v2 * matrix[r2 + j] + v3 * matrix[r3 + j] +
          v4 * matrix[r4 + j] + v5 * matrix[r5 + j] + v6 * matrix[r6 + j] + v7 * matrix[r7 + j];
      }
    }
  }
}
