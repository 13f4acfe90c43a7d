using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.Training.Data;

/// <summary>Digits in the columns of an <see cref="IDataView"/>.</summary>
internal static class DigitColumns
{
    /// <summary>Shows a set as a data view; with several addends every image comes once with each.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="digits">The set.</param>
    /// <param name="addends">How many of the numbers 0…9, at least 1.</param>
    public static IDataView ToDataView(MLContext ml, DigitSet digits, int addends = 1) =>
        ml.Data.LoadFromEnumerable(new RowList(digits, addends));

    /// <summary>Reads a set from the columns <c>image</c> and <c>label</c>.</summary>
    /// <exception cref="InvalidDataException">A label above 9, or no rows at all.</exception>
    public static DigitSet Read(IDataView rows)
    {
        DataViewSchema.Column image = rows.Schema[ModelContract.Image], label = rows.Schema[DigitRow.LabelColumn];
        var images = new List<byte[]>();
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
            if (digit >= ModelContract.DigitClasses)
                throw new InvalidDataException($"Row {cursor.Position} has the label {digit}; a digit is 0 to 9.");
            byte[] levels = new byte[MnistGeometry.PixelCount];
            pixels.CopyTo(levels);
            images.Add(levels);
            labels.Add(digit);
        }

        if (images.Count == 0)
            throw new InvalidDataException("There are no rows to learn from.");
        byte[] all = new byte[images.Count * MnistGeometry.PixelCount];
        for (int i = 0; i < images.Count; i++)
            images[i].CopyTo(all, i * MnistGeometry.PixelCount);
        return new DigitSet(all, [.. labels]);
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
