using Microsoft.Extensions.DependencyInjection;
using MnistAdder.Serving;

internal static partial class Embedding
{
    public static void DependencyInjection(string model, string image)
    {
        using ServiceProvider services = new ServiceCollection()
            .AddDigitSumPredictor(options => options.ModelFile = model)
            .BuildServiceProvider();

        var predictor = services.GetRequiredService<DigitSumPredictor>();
        Parallel.For(0, 10, number =>
        {
            DigitSumPrediction answer = predictor.Predict(DigitImage.FromFile(image), number);
            if (answer.Sum != answer.Digit + number)
                Console.WriteLine($"{answer.Digit} + {number} is not {answer.Sum}");
        });
        Console.WriteLine("asked from many threads");
    }
}
