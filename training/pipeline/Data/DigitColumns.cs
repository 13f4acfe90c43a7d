using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.Training.Data;

/// <summary>Digits in the columns of an <see cref="IDataView"/>.</summary>
internal static class DigitColumns
{
    // Where a view doesn't say how many rows it has.
    private const int FirstRows = 1024;

    /// <summary>Shows a set as a data view; with several addends every image comes once with each.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="digits">The set.</param>
    /// <param name="addends">How many of the numbers 0…9, at least 1.</param>
    public static IDataView ToDataView(MLContext ml, DigitSet digits, int addends = 1)
    {
        IDataView rows = ml.Data.LoadFromEnumerable(new RowList(digits, addends));
        return addends == 1 ? new DigitView(rows, digits) : rows;
    }

    /// <summary>Takes a set out of a view that was made of one, else reads it from the columns <c>image</c> and <c>label</c>.</summary>
    /// <exception cref="InvalidDataException">A label above 9, or no rows at all.</exception>
    public static DigitSet Read(IDataView rows)
    {
        DigitSet digits = rows is DigitView view ? view.Digits : ReadRows(rows);
        if (digits.Count == 0)
            throw new InvalidDataException("There are no rows to learn from.");
        int wrong = digits.Labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(ModelContract.DigitClasses - 1));
        return wrong < 0 ? digits : throw new InvalidDataException($"Row {wrong} has the label {digits.Labels[wrong]}; a digit is 0 to 9.");
    }

    private static DigitSet ReadRows(IDataView rows)
    {
        DataViewSchema.Column image = rows.Schema[ModelContract.Image], label = rows.Schema[DigitRow.LabelColumn];
        byte[] images = new byte[checked((int)(rows.GetRowCount() ?? FirstRows) * MnistGeometry.PixelCount)];
        var labels = new List<byte>();
        using DataViewRowCursor cursor = rows.GetRowCursor([image, label]);
        ValueGetter<VBuffer<byte>> imageOf = cursor.GetGetter<VBuffer<byte>>(image);
        ValueGetter<byte> labelOf = cursor.GetGetter<byte>(label);
        VBuffer<byte> pixels = default;
        byte digit = 0;
        while (cursor.MoveNext())
        {
            imageOf(ref pixels);
            labelOf(ref digit);
            int start = labels.Count * MnistGeometry.PixelCount;
            if (start == images.Length)
                Array.Resize(ref images, Math.Max(2 * images.Length, FirstRows * MnistGeometry.PixelCount));
            pixels.CopyTo(images.AsSpan(start, MnistGeometry.PixelCount));
            labels.Add(digit);
        }

        Array.Resize(ref images, labels.Count * MnistGeometry.PixelCount); // leaves one of the right size as it is
        return new DigitSet(images, [.. labels]);
    }

    // A view that still knows what it was made of: the trainer needs no row of it.
    private sealed class DigitView(IDataView rows, DigitSet digits) : IDataView
    {
        public DigitSet Digits => digits;

        public DataViewSchema Schema => rows.Schema;

        public bool CanShuffle => rows.CanShuffle;

        public long? GetRowCount() => rows.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => rows.GetRowCursor(columnsNeeded, rand);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            rows.GetRowCursorSet(columnsNeeded, n, rand);
    }

    // A list rather than an iterator, so that ML.NET knows the number of rows and may read them again.
    private sealed class RowList(DigitSet digits, int addends) : IReadOnlyList<DigitRow>
    {
        public int Count => digits.Count * addends;

        public DigitRow this[int index] => new()
        {
            Image = digits.Image(index / addends).ToArray(),
            Number = index % addends,
            Label = digits.Labels[index / addends],
        };

        public IEnumerator<DigitRow> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
                yield return this[i];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
