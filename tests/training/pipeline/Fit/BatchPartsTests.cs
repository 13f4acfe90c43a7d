using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Fit;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Fit;

[Collection(TorchGenerator.Tests)]
public sealed class BatchPartsTests : IDisposable
{
    private const int Rows = 99;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly SumGenerator _generator = new(TinyRun.Training, seed: 1, CPU);
    private readonly SumBatch _batch;

    public BatchPartsTests() => _batch = _generator.Epoch(1, Rows).First();

    public void Dispose()
    {
        _generator.Dispose();
        _scope.Dispose();
        set_num_threads(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void It_is_the_mean_of_what_each_part_gives_when_it_is_normalised_alone(int threads)
    {
        using DigitSumNetwork network = CompactNetwork.CreateLean(), alone = CompactNetwork.CreateLean();
        alone.load_state_dict(network.state_dict());
        alone.train();
        (int From, int To)[] parts = [(0, 33), (33, 66), (66, 99)];
        Dictionary<string, Tensor> mean = alone.state_dict().ToDictionary(entry => entry.Key, entry => zeros_like(entry.Value));
        foreach ((int from, int to) in parts)
        {
            using DigitSumNetwork copy = CompactNetwork.CreateLean();
            copy.load_state_dict(network.state_dict());
            copy.train();
            SumBatch part = _batch.Rows(from, to);
            (Tensor digitScores, Tensor sumScores) = copy.call(part.Images, part.OneHotNumbers());
            nn.functional.cross_entropy(digitScores, part.Labels).add(nn.functional.cross_entropy(sumScores, part.Sums)).backward();
            foreach ((string name, Parameter parameter) in copy.named_parameters())
                mean[name] = mean[name].add(parameter.grad!.div(parts.Length));
            foreach ((string name, Tensor buffer) in copy.named_buffers())
                mean[name] = mean[name].add(buffer.div(parts.Length));
        }

        using BatchParts gradient = Gradient(network, parts: 3, threads);
        gradient.BeginEpoch(seed: 1, epoch: 1);
        IReadOnlyList<BatchScores> scores = gradient.Compute(_batch);

        Assert.Equal([33, 33, 33], scores.Select(part => part.Batch.Labels.shape[0]));
        Assert.All(network.named_parameters(), entry => AssertClose(mean[entry.name], entry.parameter.grad!, entry.name));
        Assert.All(network.named_buffers(), entry => AssertClose(mean[entry.name], entry.buffer, entry.name));
    }

    [Theory]
    [InlineData(99, 3, 3)]
    [InlineData(96, 3, 3)]
    [InlineData(95, 3, 1)]
    [InlineData(64, 2, 2)]
    [InlineData(2, 2, 1)]
    [InlineData(99, 1, 1)]
    public void A_batch_that_is_too_small_for_its_parts_stays_whole(int rows, int parts, int expected)
    {
        using DigitSumNetwork network = CompactNetwork.CreateLean();
        using BatchParts gradient = Gradient(network, parts, threads: 2);
        gradient.BeginEpoch(seed: 1, epoch: 1);
        SumBatch batch = _batch.Rows(0, rows);
        IReadOnlyList<BatchScores> scores = gradient.Compute(batch);

        Assert.Equal(expected, scores.Count);
        Assert.Equal(batch.Labels.data<long>(), cat([.. scores.Select(part => part.Batch.Labels)]).data<long>());
    }

    [Fact]
    public void Of_several_versions_the_one_that_the_network_reads_worst_counts()
    {
        // The same weights and one thread each time: where two versions are as good as level, rounding decides.
        set_num_threads(1);
        TorchSeed.Set(seed: 1, epoch: 0);
        using DigitSumNetwork network = CompactNetwork.CreateLean(), first = CompactNetwork.CreateLean(), second = CompactNetwork.CreateLean();
        SumBatch several = _batch with { Images = cat([_batch.Images, _batch.Images.roll(1, 0), _batch.Images.roll(2, 0)], 1) };   // [N, 3, 28, 28]
        using BatchParts gradient = OfVersions(network, 3);
        gradient.BeginEpoch(seed: 1, epoch: 1);

        // Not the weights that it began with count, but those that the network has at each batch.
        Assert.NotEqual(AssertLearnsFromTheWorst(first), AssertLearnsFromTheWorst(second));

        double AssertLearnsFromTheWorst(DigitSumNetwork weights)
        {
            network.load_state_dict(weights.state_dict());
            using var hardest = new HardestVariants(weights, CompactNetwork.CreateLean, HardestVariants.QuickestType(DeviceType.CPU));
            hardest.Follow();
            Tensor worst = hardest.Of(several);
            using BatchParts single = OfVersions(weights, 1);
            single.BeginEpoch(seed: 1, epoch: 1);

            BatchScores seen = gradient.Compute(several).Single(), wanted = single.Compute(several with { Images = worst }).Single();

            Assert.True(seen.DigitScores.allclose(wanted.DigitScores, atol: 1e-4));
            Assert.All(network.named_parameters().Zip(weights.named_parameters()), pair => AssertClose(pair.Second.parameter.grad!, pair.First.parameter.grad!, pair.First.name));
            Assert.All(network.named_buffers().Zip(weights.named_buffers()), pair => AssertClose(pair.Second.buffer, pair.First.buffer, pair.First.name));
            return seen.DigitLoss.ToDouble();
        }

        static BatchParts OfVersions(DigitSumNetwork network, int versions) =>
            new(network, CompactNetwork.CreateLean, new TrainingMethod(OptimizerKind.Sgd, Variants: versions), threads: 1);
    }

    [Fact]
    public void Each_column_learns_the_digit_from_an_image_of_its_own_by_a_loss_of_its_own_and_all_of_them_the_sum_from_their_mean()
    {
        using DigitSumNetwork network = CompactNetwork.CreateBest(), alone = CompactNetwork.CreateBest();
        alone.load_state_dict(network.state_dict());
        alone.train();
        SumBatch batch = _batch with { Images = cat([_batch.Images, _batch.Images.roll(1, 0)], 1) };   // [N, columns, 28, 28]
        Tensor[] scores = [.. alone.Columns.Select((column, index) => column.call(batch.Images.narrow(1, index, 1)))];
        Tensor digitLoss = scores.Select(each => nn.functional.cross_entropy(each, batch.Labels)).Aggregate((sum, next) => sum.add(next)).div(scores.Length);
        Tensor mean = scores.Aggregate((sum, next) => sum.add(next)).div(scores.Length);
        digitLoss.add(nn.functional.cross_entropy(alone.AddTo(mean, batch.OneHotNumbers()), batch.Sums)).backward();

        using var gradient = new BatchParts(network, CompactNetwork.CreateBest, new TrainingMethod(OptimizerKind.Sgd), threads: 1);
        gradient.BeginEpoch(seed: 1, epoch: 1);
        BatchScores seen = gradient.Compute(batch).Single();

        Assert.Equal(digitLoss.ToDouble(), seen.DigitLoss.ToDouble(), 4);
        Assert.True(seen.DigitScores.allclose(mean, atol: 1e-4));
        Assert.All(network.named_parameters().Zip(alone.named_parameters()), pair => AssertClose(pair.Second.parameter.grad!, pair.First.parameter.grad!, pair.First.name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Label_smoothing_spreads_its_share_of_the_target_over_all_classes(double smoothing)
    {
        using DigitSumNetwork network = CompactNetwork.CreateLean();
        using var gradient = new BatchParts(network, CompactNetwork.CreateLean, new TrainingMethod(OptimizerKind.Sgd, LabelSmoothing: smoothing), threads: 1);
        gradient.BeginEpoch(seed: 1, epoch: 1);
        BatchScores seen = gradient.Compute(_batch).Single();

        Assert.Equal(Expected(seen.DigitScores, _batch.Labels), seen.DigitLoss.ToDouble(), 4);
        Assert.Equal(Expected(seen.SumScores, _batch.Sums), seen.SumLoss.ToDouble(), 4);

        double Expected(Tensor scores, Tensor labels)
        {
            Tensor logProbabilities = scores.log_softmax(1);
            double right = logProbabilities.gather(1, labels.unsqueeze(1)).mean().ToDouble(), all = logProbabilities.mean().ToDouble();
            return -((1 - smoothing) * right) - (smoothing * all);
        }
    }

    [Fact]
    public void An_epochs_means_are_over_all_images_however_they_are_split()
    {
        // A batch of two parts, and one that stays whole; a learning rate of 0 leaves the weights as they are.
        Recipe resting = Recipe.Quick with { Method = new TrainingMethod(OptimizerKind.Sgd, Parts: 2) };
        var settings = new RunSettings(
            resting.Name, "synthetic", Rows, "training", Rows, resting.Method, new HyperParameters(Epochs: 1, BatchSize: 64, LearningRate: 0, Momentum: 0.9), Seed: 1, "cpu", Threads: 2);
        using var digits = new SumGenerator(TinyRun.Training.Take(Rows), seed: 1, CPU);
        using var loop = new EpochLoop(resting, settings, digits, SilentObserver.Instance);
        using BatchParts gradient = Gradient(loop.Trained, parts: 2, threads: 2);
        gradient.BeginEpoch(seed: 1, epoch: 1);
        BatchScores[] scores = [.. digits.Epoch(1, 64).SelectMany(gradient.Compute)];
        double loss = scores.Sum(part => part.DigitLoss.ToDouble() * part.Batch.Labels.shape[0]) / Rows;
        long right = scores.Sum(part => part.SumScores.argmax(1).eq(part.Batch.Sums).sum().ToInt64());

        HeadScores seen = loop.Run(epoch: 1, batchSize: 64, TestContext.Current.CancellationToken).Training;

        Assert.Equal(3, scores.Length);
        Assert.Equal(loss, seen.DigitLoss, 4);
        Assert.Equal(right / (double)Rows, seen.SumAccuracy, 9);
    }

    [Fact]
    public void Steps_after_each_other_give_the_same_whether_the_parts_run_at_once_or_in_turn()
    {
        using DigitSumNetwork one = CompactNetwork.CreateLean(), other = CompactNetwork.CreateLean();
        other.load_state_dict(one.state_dict());
        Train(one, threads: 1);
        Train(other, threads: 3);

        // Three parts on three threads have one each, as the parts that run in turn.
        Assert.All(one.state_dict(), entry => Assert.True(entry.Value.eq(other.state_dict()[entry.Key]).all().ToBoolean(), entry.Key));

        void Train(DigitSumNetwork network, int threads)
        {
            set_num_threads(threads);
            using BatchParts gradient = Gradient(network, parts: 3, threads);
            using SGD optimizer = optim.SGD(network.parameters(), 0.1);
            gradient.BeginEpoch(seed: 1, epoch: 1);
            for (int step = 0; step < 3; step++)
            {
                gradient.Compute(_batch);
                optimizer.step();
            }
        }
    }

    [Fact]
    public void Dropout_masks_of_two_parts_differ_and_come_again_with_the_epoch()
    {
        // The same images twice: parts that dropped the same would give the same scores.
        using DigitSumNetwork network = SeedNetwork.Create(dropout: 0.5);
        SumBatch half = _batch.Rows(0, 40);
        var twice = new SumBatch(Twice(half.Images), Twice(half.Labels), Twice(half.Numbers), Twice(half.Sums));
        using var gradient = new BatchParts(network, () => SeedNetwork.Create(dropout: 0.5), new TrainingMethod(OptimizerKind.Sgd, Parts: 2), threads: 2);

        BatchScores[] first = Epoch(1), second = Epoch(2), again = Epoch(1);

        Assert.False(first[0].DigitScores.allclose(first[1].DigitScores));
        Assert.False(first[1].DigitScores.allclose(second[1].DigitScores));
        Assert.All(first.Zip(again), pair => Assert.True(pair.First.DigitScores.eq(pair.Second.DigitScores).all().ToBoolean()));

        BatchScores[] Epoch(int epoch)
        {
            gradient.BeginEpoch(seed: 1, epoch);
            return [.. gradient.Compute(twice)];
        }

        static Tensor Twice(Tensor tensor) => cat([tensor, tensor]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public void What_goes_wrong_in_a_part_comes_out_as_it_was_and_the_next_batch_is_computed(int row)
    {
        // The label 10 is no class, in one part alone.
        using DigitSumNetwork network = CompactNetwork.CreateLean();
        SumBatch wrong = _batch with { Labels = _batch.Labels.clone() };
        wrong.Labels[row] = tensor(10L);
        using BatchParts gradient = Gradient(network, parts: 2, threads: 2);
        gradient.BeginEpoch(seed: 1, epoch: 1);

        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => gradient.Compute(wrong));
        Assert.Contains("Target 10 is out of bounds", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, gradient.Compute(_batch).Count);
    }

    private static BatchParts Gradient(DigitSumNetwork network, int parts, int threads) =>
        new(network, CompactNetwork.CreateLean, new TrainingMethod(OptimizerKind.Sgd, Parts: parts), threads);

    // In another order of summing a value near nought can fall to the other side of a ReLU, or another pixel win a pool: a single
    // element's gradient jumps, while the whole hardly moves.
    private static void AssertClose(Tensor expected, Tensor actual, string name)
    {
        Tensor wanted = expected.to_type(ScalarType.Float64), given = actual.detach().to_type(ScalarType.Float64);
        double difference = given.sub(wanted).norm().ToDouble(), size = wanted.norm().ToDouble();
        Assert.True(difference <= (0.01 * size) + 1e-6, $"{name} is off by {difference} of {size}.");
    }
}
