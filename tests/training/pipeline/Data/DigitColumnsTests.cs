using Microsoft.ML;
using MnistAdder.Training.Data;

namespace MnistAdder.Training.Tests.Data;

public sealed class DigitColumnsTests
{
    private readonly MLContext _ml = new();

    [Fact]
    public void A_set_comes_out_of_the_view_that_was_made_of_it_without_a_copy() =>
        Assert.Same(TinyRun.Test, DigitColumns.Read(DigitColumns.ToDataView(_ml, TinyRun.Test)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_of_anyone_elses_are_read_in_their_order_whether_or_not_their_number_is_known(bool known)
    {
        IEnumerable<DigitRow> rows = Enumerable.Range(0, 3000).Select(i => new DigitRow { Image = TinyRun.Training.Image(i % 300).ToArray(), Label = TinyRun.Training.Labels[i % 300] });
        IDataView view = _ml.Data.LoadFromEnumerable(known ? rows.ToList() : rows);

        DigitSet read = DigitColumns.Read(view);

        Assert.Equal(known ? 3000 : null, view.GetRowCount());
        Assert.Equal(Enumerable.Repeat(TinyRun.Training.Labels, 10).SelectMany(labels => labels), read.Labels);
        Assert.Equal(Enumerable.Repeat(TinyRun.Training.Images, 10).SelectMany(images => images), read.Images);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_label_that_is_no_digit_is_named_with_its_row(bool ofSet)
    {
        var digits = new DigitSet(new byte[3 * MnistGeometry.PixelCount], [0, 9, 10]);
        IDataView view = ofSet
            ? DigitColumns.ToDataView(_ml, digits)
            : _ml.Data.LoadFromEnumerable(digits.Labels.Select((label, i) => new DigitRow { Image = digits.Image(i).ToArray(), Label = label }));

        Assert.Equal("Row 2 has the label 10; a digit is 0 to 9.", Assert.Throws<InvalidDataException>(() => DigitColumns.Read(view)).Message);
    }

    [Fact]
    public void No_rows_are_nothing_to_learn_from() =>
        Assert.Equal("There are no rows to learn from.", Assert.Throws<InvalidDataException>(() => DigitColumns.Read(_ml.Data.LoadFromEnumerable(Array.Empty<DigitRow>()))).Message);
}
