using MnistAdder.Training.Page.Plots;

namespace MnistAdder.Training.Tests.Page;

public sealed class NumberTextTests
{
    [Theory]
    [InlineData(1, "100.0 %")]
    [InlineData(0.99999, "> 99.9 %")]
    [InlineData(0.9994, "99.9 %")]
    [InlineData(0.5, "50.0 %")]
    [InlineData(0.001, "0.1 %")]
    [InlineData(0.0000214, "0.0021 %")]
    [InlineData(0, "0.0 %")]
    public void A_probability_never_looks_certain_when_it_is_not(double probability, string expected) =>
        Assert.Equal(expected, NumberText.Probability(probability));

    [Fact]
    public void A_share_that_is_undefined_is_a_dash() => Assert.Equal(("–", "99.30 %"), (NumberText.Percent((double?)null), NumberText.Percent(0.993)));
}
