using Microsoft.Extensions.DependencyInjection;

namespace MnistAdder.Serving;

/// <summary>The predictor as a service.</summary>
public static class DigitSumServices
{
    /// <summary>Adds one <see cref="DigitSumPredictor"/> for the whole program; it loads its model when it is first asked for.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configure">Names the model, and how images are prepared.</param>
    /// <returns>The same services.</returns>
    /// <example>
    /// <code>
    /// builder.Services.AddDigitSumPredictor(options =&gt; options.ModelFile = "model.onnx");
    /// app.MapPost("/sum/{number}", (DigitSumPredictor predictor, long number, byte[] image) =&gt;
    ///     predictor.Predict(DigitImage.FromEncoded(image), number));
    /// </code>
    /// </example>
    public static IServiceCollection AddDigitSumPredictor(this IServiceCollection services, Action<DigitSumPredictorOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddSingleton(_ =>
        {
            var options = new DigitSumPredictorOptions();
            configure(options);
            return new DigitSumPredictor(options);
        });
    }
}
