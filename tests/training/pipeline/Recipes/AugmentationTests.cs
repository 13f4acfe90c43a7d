using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;
using MnistAdder.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Recipes;

[Collection(TorchGenerator.Tests)]
public sealed class AugmentationTests
{
    private static readonly Augmentation Nothing = new(0, 0, 0, 0, 0);
    private static readonly DigitSet Digits = SyntheticDigits.Draw(40, 9);

    [Fact]
    public void No_change_leaves_every_grey_level_as_it_is()
    {
        using var scope = NewDisposeScope();
        Tensor levels = Levels();
        Assert.True(Nothing.Apply(levels).sub(levels).abs().max().ToDouble() < 1e-3);
    }

    [Theory]
    [InlineData(20, 0, 0, 0, 0)]
    [InlineData(0, 0.2, 0, 0, 0)]
    [InlineData(0, 0, 0.2, 0, 0)]
    [InlineData(0, 0, 0, 2, 0)]
    [InlineData(0, 0, 0, 0, 1)]
    public void Each_kind_of_change_changes_the_images_each_time_in_another_way_and_keeps_their_ink(
        double rotation, double scale, double shear, double shift, double elastic)
    {
        using var scope = NewDisposeScope();
        var augmentation = new Augmentation(rotation, scale, shear, shift, elastic);
        Tensor levels = Levels(), first = augmentation.Apply(levels), second = augmentation.Apply(levels);
        Assert.Equal(levels.shape, first.shape);
        Assert.True(first.sub(second).abs().mean().ToDouble() > 1);
        Assert.InRange(first.mean().ToDouble() / levels.mean().ToDouble(), 0.7, 1.3);
        Assert.InRange(first.max().ToDouble(), 0, 255.001);
    }

    [Fact]
    public void A_shift_is_no_farther_than_asked()
    {
        using var scope = NewDisposeScope();
        Tensor point = zeros(500, 1, 28, 28);
        point[TensorIndex.Colon, 0, 14, 14] = 1;
        Tensor moved = (Nothing with { Shift = 3 }).Apply(point).squeeze(1);                  // [500, 28, 28]
        Tensor places = arange(28).to_type(ScalarType.Float32);
        float[] columns = moved.sum(1).matmul(places).data<float>().ToArray(), rows = moved.sum(2).matmul(places).data<float>().ToArray();
        Assert.All(columns.Concat(rows), place => Assert.InRange(place, 11 - 1e-3, 17 + 1e-3));
        Assert.True(columns.Max() > 16.5 && columns.Min() < 11.5 && rows.Max() > 16.5 && rows.Min() < 11.5);
    }

    [Fact]
    public void A_rotation_is_no_greater_than_asked_and_goes_both_ways()
    {
        using var scope = NewDisposeScope();
        Tensor point = zeros(500, 1, 28, 28);
        point[TensorIndex.Colon, 0, TensorIndex.Slice(13, 15), 24] = 1;                         // 10.5 pixels right of the middle
        Tensor turned = (Nothing with { Rotation = 30 }).Apply(point).squeeze(1);
        float[] rows = turned.sum(2).matmul(arange(28).to_type(ScalarType.Float32)).div(turned.sum([1, 2])).data<float>().ToArray();
        double greatest = 10.5 * Math.Sin(Math.PI / 6);
        Assert.All(rows, row => Assert.InRange(row, 13.5 - greatest - 0.2, 13.5 + greatest + 0.2));
        Assert.True(rows.Max() > 13.5 + (0.9 * greatest) && rows.Min() < 13.5 - (0.9 * greatest));
    }

    [Fact]
    public void A_seed_decides_every_change()
    {
        using var scope = NewDisposeScope();
        Augmentation augmentation = Recipe.Best.Method.Augmentation!;
        Assert.True(Seeded(1).equal(Seeded(1)).all().ToBoolean());
        Assert.False(Seeded(1).equal(Seeded(2)).all().ToBoolean());

        Tensor Seeded(long seed)
        {
            TorchSeed.Set(seed, epoch: 1);
            return augmentation.Apply(Levels());
        }
    }

    private static Tensor Levels()
    {
        (Tensor images, Tensor labels) = TorchDigits.ToDevice(Digits, CPU);
        labels.Dispose();
        using (images)
            return images.to_type(ScalarType.Float32);
    }
}
