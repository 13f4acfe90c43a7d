using System.Globalization;
using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Tests.Page;

public sealed class AxisTests
{
    public static TheoryData<string> Shares => ["0.5 0.99", "0.993 0.9931", "1", "1 1", "1 0.9999", "0 0.1", "0 1", "0.9 0.99 0.999 0.9999"];

    public static TheoryData<string> Losses => ["3 0.02", "1.5 1.51", "0", "0 2", "0.000001 5"];

    [Theory]
    [MemberData(nameof(Shares))]
    public void Every_share_has_its_place_on_an_axis_of_accuracy(string values)
    {
        double[] shares = Numbers(values);
        var axis = Axis.Accuracy("accuracy", shares);
        RequireOrder(axis, shares);
        Assert.Equal(shares.Contains(1), axis.Ticks.Any(tick => tick.Label == "100"));
        Assert.All(axis.Ticks, tick => Assert.Equal(100 * tick.Value, double.Parse(tick.Label, CultureInfo.InvariantCulture), 6));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Every_loss_has_its_place_on_a_logarithmic_axis(string values) =>
        RequireOrder(Axis.Logarithmic("loss", Numbers(values)), Numbers(values));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(25, 13)]
    [InlineData(10_000, 11)]
    public void Whole_numbers_have_no_more_labels_than_there_is_room_for(int epochs, int labels)
    {
        var axis = Axis.Whole("epoch", 1, epochs, mostTicks: 13);
        Assert.InRange(axis.Ticks.Count, 1, labels + 2);
        Assert.All(axis.Ticks, tick => Assert.Equal(Math.Round(tick.Value), tick.Value, 9));
        RequireOrder(axis, [1, epochs]);
    }

    private static double[] Numbers(string values) => [.. values.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];

    private static void RequireOrder(Axis axis, double[] values)
    {
        Assert.All(values.Concat(axis.Ticks.Select(tick => tick.Value)), value => Assert.InRange(axis.Place(value), -1e-9, 1 + 1e-9));
        double[] places = [.. values.Order().Select(axis.Place)];
        Assert.Equal(places.Order(), places);
        Assert.InRange(axis.Ticks.Count, 1, 15);
        Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(tick => tick.Label).Distinct().Count());
    }
}
