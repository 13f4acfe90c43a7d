using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class HardestVariantsTests : IDisposable
{
    private const int Rows = 99, Versions = 3;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SumGenerator _generator = new(TinyRun.Training, seed: 1, CPU);
    private readonly SumBatch _batch;
    private readonly DigitSumNetwork _network;

    public HardestVariantsTests()
    {
        // The same weights each time: how far bfloat16 rounds depends on them.
        TorchSeed.Set(seed: 1, epoch: 0);
        _network = CompactNetwork.CreateLean();
        // The versions are images of other rows, so that now one and now another is read worst.
        SumBatch single = _generator.Epoch(1, Rows).First();
        _batch = single with { Images = cat([.. Enumerable.Range(0, Versions).Select(version => single.Images.roll(version, 0))], 1) };   // [N, 3, 28, 28]
    }

    public void Dispose()
    {
        _network.Dispose();
        _generator.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    public void Each_image_is_one_of_its_versions_and_read_as_badly_as_any(ScalarType type, double tolerance)
    {
        using var hardest = new HardestVariants(_network, CompactNetwork.CreateLean, type);
        hardest.Follow();

        long[] chosen = Chosen(hardest.Of(_batch));

        Assert.Equal([0, 1, 2], chosen.Distinct().Order());
        AssertWorst(chosen, tolerance);
    }

    [Fact]
    public void Each_column_chooses_among_versions_of_its_own()
    {
        using DigitSumNetwork network = CompactNetwork.CreateBest();
        using var hardest = new HardestVariants(network, CompactNetwork.CreateBest, ScalarType.Float32);
        hardest.Follow();
        SumBatch batch = _batch with { Images = cat([_batch.Images, _batch.Images.roll(7, 0).narrow(1, 0, 1)], 1) };   // two versions of two columns

        Tensor images = hardest.Of(batch);

        Assert.Equal([Rows, 2, 28, 28], images.shape);
        network.eval();
        Tensor[] losses = [.. Enumerable.Range(0, 2).Select(Losses)];   // of each version, [N, columns]
        Tensor second = losses[1].gt(losses[0]).view(Rows, 1, 2, 1, 1), versions = batch.Images.view(Rows, 2, 2, 28, 28);
        Assert.True(images.equal(versions.narrow(1, 1, 1).where(second, versions.narrow(1, 0, 1)).squeeze(1)).all().ToBoolean());
        Assert.InRange(second.sum().ToInt32(), 1, (2 * Rows) - 1);

        Tensor Losses(int version) => nn.functional.cross_entropy(
            network.ReadEach(batch.Images.narrow(1, 2 * version, 2)).flatten(0, 1), batch.Labels.repeat_interleave(2), reduction: nn.Reduction.None).view(Rows, 2);
    }

    [Fact]
    public void It_goes_by_what_the_network_is_since_it_followed_it_last()
    {
        using var hardest = new HardestVariants(_network, CompactNetwork.CreateLean, ScalarType.Float32);
        hardest.Follow();
        long[] before = Chosen(hardest.Of(_batch));
        using (no_grad())
        {
            foreach (Tensor tensor in _network.parameters().Concat(_network.buffers()).Where(tensor => tensor.is_floating_point()))
                tensor.add_(rand_like(tensor).mul(0.2));
        }

        Assert.Equal(before, Chosen(hardest.Of(_batch)));
        hardest.Follow();
        long[] after = Chosen(hardest.Of(_batch));

        Assert.NotEqual(before, after);
        AssertWorst(after, tolerance: 1e-5);
    }

    [Fact]
    public void The_network_stays_as_it_was_and_gets_no_gradient()
    {
        _network.train();
        Dictionary<string, Tensor> before = _network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        using var hardest = new HardestVariants(_network, CompactNetwork.CreateLean, ScalarType.Float32);
        hardest.Follow();

        Tensor images = hardest.Of(_batch);

        Assert.False(images.requires_grad);
        Assert.True(_network.training);
        Assert.All(_network.state_dict(), entry => Assert.True(entry.Value.equal(before[entry.Key]).all().ToBoolean(), entry.Key));
    }

    [Fact]
    public void The_type_is_bfloat16_on_a_processor_that_says_it_has_it_and_on_nothing_else()
    {
        Assert.Equal(ScalarType.Float32, HardestVariants.QuickestType(DeviceType.CUDA));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lists the processor's instructions in a file.");
        bool has = File.ReadAllText("/proc/cpuinfo").Contains("avx512_bf16", StringComparison.Ordinal);
        Assert.Equal(has ? ScalarType.BFloat16 : ScalarType.Float32, HardestVariants.QuickestType(DeviceType.CPU));
    }

    // The version that each image [N, 1, 28, 28] is.
    private long[] Chosen(Tensor images)
    {
        Assert.Equal([Rows, 1, 28, 28], images.shape);
        Tensor same = images.eq(_batch.Images).all(3).all(2);   // [N, versions]
        Assert.True(same.any(1).all().ToBoolean());
        return [.. same.to_type(ScalarType.Int64).argmax(1).data<long>()];
    }

    private void AssertWorst(long[] chosen, double tolerance)
    {
        _network.eval();
        Tensor losses = stack([.. Enumerable.Range(0, Versions).Select(Losses)], 1);   // [N, versions]
        Tensor missed = losses.amax([1]).sub(losses.gather(1, tensor(chosen).unsqueeze(1)).squeeze(1));
        Assert.InRange(missed.max().ToDouble(), 0, tolerance);

        Tensor Losses(int version) => nn.functional.cross_entropy(
            _network.Read(_batch.Images.narrow(1, version, 1)), _batch.Labels, reduction: nn.Reduction.None);
    }
}
