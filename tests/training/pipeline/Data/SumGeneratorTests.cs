using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Synthetic;
using MnistAdder.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Data;

[Collection(TorchGenerator.Tests)]
public sealed class SumGeneratorTests
{
    private static readonly DigitSet Digits = SyntheticDigits.Draw(103, 5);

    [Fact]
    public void An_epoch_holds_every_image_once_with_its_label_and_the_right_sum()
    {
        Row[] rows = Epoch(seed: 1, epoch: 1);
        Assert.Equal(
            Enumerable.Range(0, Digits.Count).Select(i => (Ink(Digits.Image(i)), (long)Digits.Labels[i])).Order(),
            rows.Select(row => (row.Ink, row.Label)).Order());
        Assert.All(rows, row => Assert.Equal(row.Label + row.Number, row.Sum));
        Assert.All(rows, row => Assert.InRange(row.Number, 0, 9));
    }

    [Theory]
    [InlineData(34, new[] { 34, 34, 35 })]
    [InlineData(51, new[] { 51, 52 })]
    [InlineData(50, new[] { 50, 50, 3 })]
    [InlineData(102, new[] { 103 })]
    [InlineData(103, new[] { 103 })]
    [InlineData(200, new[] { 103 })]
    public void No_batch_is_of_one_image(int batchSize, int[] expected)
    {
        using var scope = NewDisposeScope();
        using var generator = new SumGenerator(Digits, 1, CPU);
        Assert.Equal(expected, generator.Epoch(1, batchSize).Select(batch => (int)batch.Images.shape[0]));
        using SumEpoch epoch = generator.Begin(1, batchSize);
        Assert.Equal(expected.Length, epoch.Count);
    }

    [Fact]
    public void An_augmentation_changes_the_images_and_nothing_else()
    {
        using var scope = NewDisposeScope();
        using var generator = new SumGenerator(Digits, 1, CPU);
        SumBatch before = generator.Epoch(1, 32).First(), after = generator.Epoch(1, 32, new Augmentation(10, 0.1, 0.1, 1, 1)).First();
        Assert.True(before.Labels.equal(after.Labels).all().ToBoolean() && before.Numbers.equal(after.Numbers).all().ToBoolean());
        Assert.True(before.Images.sub(after.Images).abs().mean().ToDouble() > 0.01);
        Assert.Equal(before.Images.min().ToDouble(), after.Images.min().ToDouble(), 5);
    }

    [Fact]
    public void Versions_of_an_image_are_side_by_side_and_differ()
    {
        using var scope = NewDisposeScope();
        using var plain = new SumGenerator(Digits, 1, CPU);
        Tensor same = plain.Epoch(1, 32, new Augmentation(0, 0, 0, 0, 0), versions: 3).First().Images;
        Tensor others = plain.Epoch(1, 32, new Augmentation(10, 0.1, 0.1, 1, 0), versions: 3).First().Images;

        Assert.Equal([32, 3, 28, 28], same.shape);
        Assert.True(same.allclose(plain.Epoch(1, 32).First().Images.expand(-1, 3, -1, -1), atol: 1e-4));
        Tensor distances = others.sub(others.roll(1, 1)).abs().mean([2, 3]);
        Assert.True(distances.min().ToDouble() > 0.001);
        // Versions of one image are closer to each other than to those of the next image.
        Assert.True(distances.mean().ToDouble() < 0.7 * others.sub(others.roll(1, 0)).abs().mean().ToDouble());
    }

    [Fact]
    public void The_same_batches_can_be_had_with_the_images_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var generator = new SumGenerator(Digits, 1, CPU);
        using var plain = new SumGenerator(Digits, 1, CPU);
        SumBatch changed = generator.Epoch(2, 32, new Augmentation(10, 0.1, 0.1, 1, 0), versions: 3).First(), same = generator.Epoch(2, 32).First();
        Assert.True(same.Images.equal(plain.Epoch(2, 32).First().Images).all().ToBoolean());
        Assert.True(same.Sums.equal(changed.Sums).all().ToBoolean());
    }

    [Fact]
    public void Order_and_numbers_depend_on_the_seed_and_the_epoch_alone()
    {
        Assert.Equal(Epoch(seed: 1, epoch: 2), Epoch(seed: 1, epoch: 2));
        Assert.NotEqual(Epoch(seed: 1, epoch: 2), Epoch(seed: 1, epoch: 3));
        Assert.NotEqual(Epoch(seed: 1, epoch: 2), Epoch(seed: 2, epoch: 2));
    }

    [Fact]
    public void An_image_meets_other_numbers_in_other_epochs()
    {
        HashSet<(int, long)> pairs = [.. Enumerable.Range(1, 60).SelectMany(epoch => Epoch(1, epoch)).Select(row => (row.Ink, row.Number))];
        Assert.True(pairs.Count > 9.5 * Digits.Count, $"{pairs.Count} different pairs of image and number");
    }

    [Fact]
    public void One_hot_rows_say_the_same_as_the_numbers_and_sums()
    {
        using var scope = NewDisposeScope();
        using var generator = new SumGenerator(Digits, 1, CPU);
        SumBatch batch = generator.Epoch(1, 32).First();
        Tensor numbers = batch.OneHotNumbers(), sums = TorchDigits.OneHot(batch.Sums, ModelContract.SumClasses);
        Assert.Equal([32, 10], numbers.shape);
        Assert.Equal([32, 19], sums.shape);
        Assert.True(numbers.argmax(1).equal(batch.Numbers).all().ToBoolean());
        Assert.True(sums.argmax(1).equal(batch.Sums).all().ToBoolean());
        Assert.Equal(64, numbers.sum().add(sums.sum()).ToDouble());
    }

    [Fact]
    public void Pixels_are_normalised_as_the_exported_graph_does()
    {
        using var scope = NewDisposeScope();
        Tensor levels = arange(0, 256).to_type(ScalarType.Byte);
        float[] normal = TorchDigits.Normalize(levels).data<float>().ToArray();
        Assert.Equal(-0.1307 / 0.3081, normal[0], 6);
        Assert.Equal((1 - 0.1307) / 0.3081, normal[255], 6);
    }

    private static Row[] Epoch(long seed, int epoch)
    {
        var rows = new List<Row>();
        using var generator = new SumGenerator(Digits, seed, CPU);
        foreach (SumBatch batch in generator.Epoch(epoch, batchSize: 32))
        {
            using var scope = NewDisposeScope();
            float[] pixels = batch.Images.data<float>().ToArray();
            for (int i = 0; i < batch.Labels.shape[0]; i++)
            {
                byte[] levels = [.. pixels.AsSpan(i * 784, 784).ToArray().Select(value => (byte)Math.Round(((value * 0.3081) + 0.1307) * 255))];
                rows.Add(new Row(Ink(levels), batch.Labels[i].ToInt64(), batch.Numbers[i].ToInt64(), batch.Sums[i].ToInt64()));
            }
        }

        return [.. rows];
    }

    private static int Ink(ReadOnlySpan<byte> levels)
    {
        var hash = new HashCode();
        hash.AddBytes(levels);
        return hash.ToHashCode();
    }

    private sealed record Row(int Ink, long Label, long Number, long Sum);
}
